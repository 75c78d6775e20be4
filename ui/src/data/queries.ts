// How screens read: TanStack Query over the platform, one key per operation and request. What was
// read stays while the line is lost. A request that carries a plaintext key (find, verify) must
// never come through here: the cache keeps requests.
import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { usePlatform } from "@/platform/context";
import {
  asAdminError,
  type AdminError,
  type AnswerOf,
  type CallOptions,
  type OperationName,
  type Platform,
  type Request,
} from "@/platform/platform";
import {
  isLineBroken,
  isSignedOut,
  noteAnswer,
  noteLost,
  noteSignedOut,
  useConnection,
  whileStands,
} from "./connection";

type ReadName = Exclude<
  { [N in OperationName]: N extends `${string}.${"list" | "get" | "current"}` ? N : never }[OperationName],
  undefined
>;
type ListName = Extract<OperationName, `${string}.list`>;
type Item<N extends ListName> = AnswerOf<N>["items"][number];

/** The cache of one window. Retrying is the live hook's business, so queries fail at once. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 30_000, refetchOnWindowFocus: true, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

/** Performs an operation and notes for the status line how long it took, or that the line broke. */
export async function perform<N extends OperationName>(
  platform: Platform,
  name: N,
  request: Request<N>,
  options?: CallOptions,
): Promise<AnswerOf<N>> {
  const started = performance.now();
  // What comes late, from a store that was left, says nothing about the line of the next one.
  const left = whileStands();
  try {
    const answer = await platform.call(name, request, options);
    if (!left.aborted) noteAnswer(performance.now() - started);
    return answer;
  } catch (thrown) {
    const error = asAdminError(thrown);
    if (isLineBroken(error) && !left.aborted) noteLost();
    if (isSignedOut(error) && !left.aborted) noteSignedOut(error);
    throw error;
  }
}

/** Reads one thing. */
export function useRead<N extends ReadName>(
  name: N,
  request: Request<N>,
  options: { enabled?: boolean; everyMs?: number } = {},
) {
  const platform = usePlatform();
  const { everyMs, ...rest } = options;
  const query = useQuery<AnswerOf<N>, AdminError>({
    queryKey: [name, request],
    queryFn: () => perform(platform, name, request),
    // A list may stand until the next one is there; another thing's details may not.
    placeholderData: name.endsWith(".list") ? keepPreviousData : undefined,
    ...rest,
    ...timed(everyMs),
  });
  const { data, isPending, isPlaceholderData, refetch } = query;
  return { data, isPending, isPlaceholderData, refetch, ...verdict(query) };
}

/** What the store tells nobody about by itself is asked again and again, while it answers. */
function timed(everyMs: number | undefined) {
  return everyMs === undefined
    ? {}
    : { refetchInterval: () => (useConnection.getState().state === "connected" ? everyMs : false) };
}

/** Reads a list page by page. `items` holds every page so far. */
export function usePages<N extends ListName>(
  name: N,
  request: Request<N>,
  { everyMs }: { everyMs?: number } = {},
) {
  const platform = usePlatform();
  const query = useInfiniteQuery({
    queryKey: [name, "pages", request],
    queryFn: async ({ pageParam }) => {
      const asked = pageParam === null ? request : { ...request, cursor: pageParam };
      return (await perform(platform, name, asked)) as {
        items: Item<N>[];
        next_cursor: string | null;
        total: number;
      };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    ...timed(everyMs),
  });
  const { hasNextPage, isFetching, isError, isPending, fetchNextPage, refetch } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return {
    hasNextPage,
    isFetching,
    isPending,
    refetch,
    ...verdict(query as { data: unknown; error: AdminError | null; isSuccess: boolean }),
    items: query.data?.pages.flatMap((page) => page.items) ?? [],
    total: query.data?.pages[0]?.total ?? 0,
    more,
  };
}

/**
 * Whether a read failed in a way that the screen must say. A line that is lost, or a token that is refused, is
 * said once, by the banner, and what was read before stands without an error over it.
 */
function verdict({
  data,
  error,
  isSuccess,
}: {
  data: unknown;
  error: AdminError | null;
  isSuccess: boolean;
}) {
  const said = isLineBroken(error) || isSignedOut(error) || error?.code === "busy";
  const stands = data !== undefined && said;
  return stands
    ? { error: null, isError: false, isSuccess: true }
    : { error, isError: error !== null, isSuccess };
}
