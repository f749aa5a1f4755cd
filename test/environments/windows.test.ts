import * as assert from "node:assert/strict";

import { cronStarts, dailyWindow, longestWaitDays, overlap, weeklyWindow } from "../../environments/windows";

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

  const hours: [schedule: string, minute: number][] = [
    ["cron(0 0 ? * 1 *)", 0], ["cron(9 09 ? * 1 *)", 9 * 60 + 9], ["cron(59 19 ? * SUN#1 *)", 19 * 60 + 59],
    ["cron(0 20 ? * 1#5 *)", 20 * 60], ["cron(30 23 ? * SUN *)", 23 * 60 + 30],
  ];
  for (const [schedule, minute] of hours) {
    it(`take ${schedule} for the minute ${minute} of Sunday`, () => {
      assert.deepEqual(cronStarts(schedule), { starts: [minute], minutes: 1 });
    });
  }

  it("know each hour of the day", () => {
    const clock = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")}:30`);
    assert.deepEqual(clock.map((time) => dailyWindow(`${time}-${time}`)?.starts[0]), clock.map((_, hour) => hour * 60 + 30));
    assert.deepEqual(clock.map((time) => weeklyWindow(`sun:${time}-sun:${time}`)?.starts[0]), clock.map((_, hour) => hour * 60 + 30));
  });

  const noSchedules = [
    "cron(5 3 ? * 4#1)", "cron(5 3 ? * 4#1 * *)", "cron(5 3 ? * ? *)", "cron(5 3 1 * 4 *)", "cron(60 3 ? * 4 *)", "cron(5 24 ? * 4 *)",
    "cron(* 3 ? * 4 *)", "cron(5 */2 ? * 4 *)", "cron(5  3 ? * 4 *)", "rate(30 days)", "5 3 ? * 4 *", " cron(5 3 ? * 4 *)",
  ];
  for (const schedule of noSchedules) {
    it(`take "${schedule}" for no schedule`, () => {
      assert.equal(cronStarts(schedule), undefined);
    });
  }

  const waits: [schedule: string, days: number][] = [
    ["cron(5 3 * * ? *)", 1], ["cron(5 3 ? * * *)", 1], ["cron(5 3 ? * 4 *)", 7], ["cron(5 3 ? * MON-FRI *)", 7],
    ["cron(5 3 1,15 * ? *)", 31], ["cron(5 3 1 * ? *)", 31], ["cron(5 3 ? * 4#1 *)", 35],
  ];
  for (const [schedule, days] of waits) {
    it(`wait for ${days === 1 ? "a day" : `${days} days`} at most by ${schedule}`, () => {
      assert.equal(longestWaitDays(schedule), days);
    });
  }

  const noWindows = ["2:00-02:30", "02:00", "24:00-24:30", "02:60-03:30", "tue:02:00-02:30", "02:00-02:30 ", ""];
  for (const text of noWindows) {
    it(`"${text}" is none of every day`, () => {
      assert.equal(dailyWindow(text), undefined);
    });
  }

  for (const text of ["tue:03:00-04:00", "Tue:03:00-Tue:04:00", "tue:24:00-wed:00:30", "die:03:00-die:04:00", "03:00-04:00", ""]) {
    it(`"${text}" is none of a week`, () => {
      assert.equal(weeklyWindow(text), undefined);
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
