// How screens read and change: TanStack Query over the platform, one key per operation and
// request. A request that carries a plaintext key (find, verify) must never come through here:
// the cache keeps requests.
import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { usePlatform } from "@/platform/context";
import type {
  AdminError,
  AnswerOf,
  CallOptions,
  OperationName,
  Platform,
  Request,
} from "@/platform/platform";
import { useConnection } from "./connection";

type ReadName = Exclude<
  { [N in OperationName]: N extends `${string}.${"list" | "get"}` ? N : never }[OperationName],
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

/** Performs an operation and notes how long it took, for the status line. */
export async function perform<N extends OperationName>(
  platform: Platform,
  name: N,
  request: Request<N>,
  options?: CallOptions,
): Promise<AnswerOf<N>> {
  const started = performance.now();
  const answer = await platform.call(name, request, options);
  useConnection.getState().measured(performance.now() - started);
  return answer;
}

/** Reads one thing. */
export function useRead<N extends ReadName>(
  name: N,
  request: Request<N>,
  options: { enabled?: boolean } = {},
) {
  const platform = usePlatform();
  return useQuery<AnswerOf<N>, AdminError>({
    queryKey: [name, request],
    queryFn: () => perform(platform, name, request),
    // A list may stand until the next one is there; another thing's details may not.
    placeholderData: name.endsWith(".list") ? keepPreviousData : undefined,
    ...options,
  });
}

/** Reads a list page by page. `items` holds every page so far. */
export function usePages<N extends ListName>(name: N, request: Request<N>) {
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
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return {
    ...query,
    error: query.error as AdminError | null,
    items: query.data?.pages.flatMap((page) => page.items) ?? [],
    total: query.data?.pages[0]?.total ?? 0,
    more,
  };
}

/** Performs a change and renews everything that may show it. */
export function useChange<N extends OperationName>(name: N) {
  const platform = usePlatform();
  const client = useQueryClient();
  const submission = useSubmissionKey();
  return useMutation<AnswerOf<N>, AdminError, Request<N>>({
    mutationFn: (request) => perform(platform, name, request, { idempotencyKey: submission.keyFor(request) }),
    onSuccess: async () => {
      submission.renew();
      await client.invalidateQueries();
    },
    // Somebody else may have changed it: what stands now must be on screen.
    onError: (error) => {
      if (error.code === "conflict") void client.invalidateQueries();
    },
  });
}

/** The idempotency key of a submission: the same while the same request is tried again. */
function useSubmissionKey() {
  const current = useRef<{ request: string; key: string } | null>(null);
  return {
    keyFor: (request: unknown): string => {
      const text = JSON.stringify(request);
      if (current.current?.request !== text) {
        current.current = { request: text, key: crypto.randomUUID() };
      }
      return current.current.key;
    },
    renew: () => {
      current.current = null;
    },
  };
}
