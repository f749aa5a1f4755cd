import * as assert from "node:assert/strict";

import { cronStarts, dailyWindow, overlap, weeklyWindow } from "../../environments/windows";

const day = 24 * 60;

describe("windows", () => {
  it("of every day start seven times a week", () => {
    assert.deepEqual(dailyWindow("02:00-02:30"), { starts: [0, 1, 2, 3, 4, 5, 6].map((index) => index * day + 120), minutes: 30 });
  });

  it("of every day may go over midnight", () => {
    assert.equal(dailyWindow("23:45-00:15")?.minutes, 30);
  });

  it("of a week start once, counted from Sunday", () => {
    assert.deepEqual(weeklyWindow("tue:03:00-tue:04:00"), { starts: [2 * day + 180], minutes: 60 });
  });

  it("of a week may go over its end", () => {
    assert.equal(weeklyWindow("sat:23:30-sun:00:30")?.minutes, 60);
  });

  const schedules: [schedule: string, days: number[]][] = [
    ["cron(5 3 ? * 4#1 *)", [3]],
    ["cron(5 3 ? * WED *)", [3]],
    ["cron(5 3 ? * SUN#2 *)", [0]],
    ["cron(5 3 ? * 7 *)", [6]],
    ["cron(5 3 ? * MON-FRI *)", [0, 1, 2, 3, 4, 5, 6]],
    ["cron(5 3 1 * ? *)", [0, 1, 2, 3, 4, 5, 6]],
  ];
  for (const [schedule, days] of schedules) {
    it(`take ${schedule} for ${days.length === 1 ? `day ${days[0]}` : "any day"} of the week`, () => {
      assert.deepEqual(cronStarts(schedule)?.starts, days.map((index) => index * day + 3 * 60 + 5));
    });
  }

  const pairs: [daily: string, weekly: string, overlapping: boolean][] = [
    ["02:00-02:30", "tue:02:30-tue:03:00", false],
    ["02:00-02:30", "tue:02:29-tue:03:00", true],
    ["02:00-02:30", "tue:01:30-tue:02:00", false],
    ["02:00-02:30", "tue:01:30-tue:02:01", true],
    ["23:45-00:15", "sun:00:00-sun:00:30", true],
    ["00:00-00:30", "sat:23:30-sun:00:01", true],
    ["00:30-01:00", "sat:23:30-sun:00:30", false],
  ];
  for (const [daily, weekly, overlapping] of pairs) {
    it(`${daily} and ${weekly} ${overlapping ? "overlap" : "do not overlap"}, whichever comes first`, () => {
      const [a, b] = [dailyWindow(daily), weeklyWindow(weekly)];
      assert.ok(a && b);
      assert.deepEqual([overlap(a, b), overlap(b, a)], [overlapping, overlapping]);
    });
  }
});
