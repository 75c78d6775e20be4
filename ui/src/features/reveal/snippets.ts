// How a program uses a key, in six forms, through `$LATCHKEY_API_KEY`. Rust fills the key in when
// it is copied that way; these texts never hold one.
import type { RevealFormat } from "@/platform/platform";

/** Where a snippet names the key. */
const PLACE = "KEY-NAME";

export const SNIPPETS = [
  {
    format: "curl",
    label: "curl",
    code: `curl https://api.example.com/v1/posts \\
  -H "Authorization: Bearer $LATCHKEY_API_KEY"`,
  },
  { format: "env", label: ".env", code: "LATCHKEY_API_KEY=$LATCHKEY_API_KEY" },
  {
    format: "javascript",
    label: "JavaScript",
    code: `const response = await fetch("https://api.example.com/v1/posts", {
  headers: { Authorization: \`Bearer \${process.env.LATCHKEY_API_KEY}\` },
});`,
  },
  {
    format: "python",
    label: "Python",
    code: `import os, requests

response = requests.get(
    "https://api.example.com/v1/posts",
    headers={"Authorization": f"Bearer {os.environ['LATCHKEY_API_KEY']}"},
)`,
  },
  {
    format: "csharp",
    label: "C#",
    code: `var client = new HttpClient();
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
    "Bearer", Environment.GetEnvironmentVariable("LATCHKEY_API_KEY"));`,
  },
  {
    format: "kubernetes",
    label: "Kubernetes",
    code: `apiVersion: v1
kind: Secret
metadata:
  name: ${PLACE}
type: Opaque
stringData:
  LATCHKEY_API_KEY: $LATCHKEY_API_KEY`,
  },
] as const satisfies readonly { format: RevealFormat; label: string; code: string }[];

export type SnippetFormat = (typeof SNIPPETS)[number]["format"];

/** A snippet's text for the key called `name`. */
export function snippet(code: string, name: string): string {
  const label = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 50);
  return code.replace(PLACE, label === "" ? "latchkey-api-key" : label);
}
