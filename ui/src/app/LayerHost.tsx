// Mounts every sheet and dialog that lies above the screens. Which one is open is in layers.ts.
import { EndKeyDialogs } from "@/features/end-key/EndKeyDialogs";
import { CreateKeySheet } from "@/features/key-form/CreateKeySheet";
import { EditKeySheet } from "@/features/key-form/EditKeySheet";
import { OperatorSheet } from "@/features/operators/OperatorSheet";
import { RemoveOperatorDialog } from "@/features/operators/RemoveOperatorDialog";
import { RotateOperatorDialog } from "@/features/operators/RotateOperatorDialog";
import { DeleteRoleDialog } from "@/features/roles/DeleteRoleDialog";
import { RoleSheet } from "@/features/roles/RoleSheet";
import { RotateDialog } from "@/features/rotate/RotateDialog";
import { SettingsDialog } from "@/features/settings/SettingsDialog";
import { SuspendTenantDialog } from "@/features/tenants/SuspendTenantDialog";
import { TenantSheet } from "@/features/tenants/TenantSheet";
import { ShortcutsSheet } from "./ShortcutsSheet";

/** Every layer. */
export function LayerHost() {
  return (
    <>
      <CreateKeySheet />
      <EditKeySheet />
      <RotateDialog />
      <EndKeyDialogs />
      <TenantSheet />
      <SuspendTenantDialog />
      <RoleSheet />
      <DeleteRoleDialog />
      <OperatorSheet />
      <RotateOperatorDialog />
      <RemoveOperatorDialog />
      <SettingsDialog />
      <ShortcutsSheet />
    </>
  );
}
