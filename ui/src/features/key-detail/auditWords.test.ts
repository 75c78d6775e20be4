// Audit entries as sentences, and what an edit changed.
import { expect, it } from "vitest";
import type { AuditEntry } from "@/generated/AuditEntry";
import { auditSentence, whatChanged } from "./auditWords";

const entry = (action: string, before: object | null = null, after: object = {}) =>
  ({
    action,
    actor: "Dana",
    target: { noun: "key", id: "key_1", name: "n8n production" },
    before: before === null ? "" : JSON.stringify(before),
    after: JSON.stringify(after),
  }) as AuditEntry;

it("says who did what to which key", () => {
  expect(auditSentence(entry("keys.revoke"))).toBe("Dana revoked n8n production");
  expect(auditSentence(entry("keys.undo_rotation"))).toBe("Dana undid the rotation of n8n production");
});

it("says what was done to an operator, whose token is a key", () => {
  expect(auditSentence(entry("operators.create"))).toBe("Dana created the operator n8n production");
  expect(auditSentence(entry("operators.remove"))).toBe("Dana removed the operator n8n production");
});

it("still says something of an operation it does not know", () => {
  expect(auditSentence(entry("keys.prune"))).toBe("Dana: keys.prune on n8n production");
});

it("names each property that an edit changed, and no other", () => {
  const before = { name: "n8n", tags: [], role: { name: "Read only" }, expires_at: null, version: 1 };
  const after = {
    ...before,
    tags: ["a", "b"],
    role: null,
    expires_at: "2027-02-19T10:30:00.000Z",
    version: 2,
  };
  expect(whatChanged(entry("keys.update", before, after))).toEqual([
    "Expires: none → Fri 19 Feb 2027, 11:30 (UTC 10:30)",
    "Role: Read only → none",
    "Tags: none → a, b",
  ]);
});

it("says nothing of what changes with every other operation", () => {
  expect(whatChanged(entry("keys.rotate", { name: "a" }, { name: "b" }))).toEqual([]);
});
