// Which screen stands at which address. The address is a hash: the page itself is one file inside
// the program. Filters are typed search parameters. Holds no screen.
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";
import { z } from "zod";
import { KeyDetailScreen } from "@/features/key-detail/KeyDetailScreen";
import { keysSearch } from "@/features/keys/filters";
import { KeysScreen } from "@/features/keys/KeysScreen";
import { OperatorsScreen } from "@/features/operators/OperatorsScreen";
import { RolesScreen } from "@/features/roles/RolesScreen";
import { eventsSearch } from "@/features/security/filters";
import { SecurityScreen } from "@/features/security/SecurityScreen";
import { TenantScreen } from "@/features/tenants/TenantScreen";
import { TenantsScreen } from "@/features/tenants/TenantsScreen";
import { Shell } from "./Shell";

const words = z.string().max(200).optional().catch(undefined);

const root = createRootRoute({ component: Shell });
const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/keys" });
  },
});
const keys = createRoute({
  getParentRoute: () => root,
  path: "/keys",
  validateSearch: keysSearch,
  component: KeysScreen,
});
const key = createRoute({
  getParentRoute: () => root,
  path: "/keys/$keyId",
  validateSearch: z.object({ tab: words }),
  component: KeyDetailScreen,
});
const tenants = createRoute({
  getParentRoute: () => root,
  path: "/tenants",
  validateSearch: z.object({ search: words }),
  component: TenantsScreen,
});
const tenant = createRoute({
  getParentRoute: () => root,
  path: "/tenants/$tenantId",
  component: TenantScreen,
});
const roles = createRoute({
  getParentRoute: () => root,
  path: "/roles",
  validateSearch: z.object({ search: words, tenant: words }),
  component: RolesScreen,
});

const security = createRoute({
  getParentRoute: () => root,
  path: "/security",
  validateSearch: eventsSearch,
  component: SecurityScreen,
});
const operators = createRoute({
  getParentRoute: () => root,
  path: "/operators",
  component: OperatorsScreen,
});

/** A router of its own for every window and test. */
export function createAppRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({
    routeTree: root.addChildren([home, keys, key, tenants, tenant, roles, security, operators]),
    history,
    // What a screen does not know is dropped from the address.
    search: { strict: true },
    defaultNotFoundComponent: KeysScreen,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
