// What an operation costs does not depend on how large the crowd is.  Instructions are counted, so
// a busy machine changes nothing; what is left to chance are the places in tables, as their hashes
// are keyed at random, and how full those are.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { build } from "../support/build.mjs";
import { crowds, grow } from "./growth.mjs";

const MOST = 1.25; // times the first, with a hundred times as many

/** Between workers, where there are many: to those who have one of the receivers, and now and then to one
 * whose rooms have the same place in the census. */
const most_letters = { "emit to one client": 1.2, "emit to a room": 10, "emit to the others in a room": 10, "emit to a room except half of all": 10 };

for (const [crowd, sizes] of Object.entries(crowds))
  describe(`with ${sizes.at(-1)} ${crowd} instead of ${sizes[0]}`, async () => {
    const rows = await grow(build, crowd);
    for (const { operation, instructions, letters, ratio } of rows)
      if (letters.at(-1) === 0)
        test(`${operation}: as many instructions`, () => assert.ok(ratio < MOST, `${instructions.join(", ")}`));
      else if (most_letters[operation])
        test(`${operation}: at most ${most_letters[operation]} letters`, () => assert.ok(letters.at(-1) <= most_letters[operation], `${letters.join(", ")}`));
  });
