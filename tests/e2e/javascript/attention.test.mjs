/** The table that the server's rules are held to as well. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { attention, REASONS, USUAL_MINUTES } from "../../../realtime/static/realtime/client/attention.js";

const CASES = JSON.parse(readFileSync(new URL("../../attention_cases.json", import.meta.url), "utf-8"));

for (const { name, student, minutes, now, reason, since } of CASES) {
  test(`attention: ${name}`, () => {
    assert.deepEqual(attention(student, Date.parse(now), minutes), { reason, since });
  });
}

test("the table has each reason, and is of the usual minutes", () => {
  const found = new Set(CASES.map(({ reason }) => reason));
  assert.deepEqual(found, new Set([...REASONS, "none"]));
  assert.deepEqual(CASES[0].minutes, USUAL_MINUTES);
});
