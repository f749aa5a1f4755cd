const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const minutesADay = 24 * 60;
const minutesAWeek = 7 * minutesADay;

const time = "([01]\\d|2[0-3]):([0-5]\\d)";
const daily = new RegExp(`^${time}-${time}$`);
const weekly = new RegExp(`^(${days.join("|")}):${time}-(${days.join("|")}):${time}$`);

/** A stretch of time that comes again every week, or every day of it. */
export interface Window {
  /** Minutes after the start of Sunday; seven of them for a window of every day. */
  readonly starts: readonly number[];
  readonly minutes: number;
}

/** `02:00-02:30`, every day; over midnight, too. `undefined` for anything else. */
export function dailyWindow(text: string): Window | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] = daily.exec(text) ?? [];
  if (fromHour === undefined) {
    return undefined;
  }
  const start = minuteOf("sun", fromHour, fromMinute);
  const minutes = (minuteOf("sun", toHour, toMinute) - start + minutesADay) % minutesADay;
  return { starts: days.map((_, day) => day * minutesADay + start), minutes };
}

/** `tue:03:00-tue:04:00`, once a week; over the end of the week, too. `undefined` for anything else. */
export function weeklyWindow(text: string): Window | undefined {
  const [, fromDay, fromHour, fromMinute, toDay, toHour, toMinute] = weekly.exec(text) ?? [];
  if (fromDay === undefined) {
    return undefined;
  }
  const start = minuteOf(fromDay, fromHour, fromMinute);
  return { starts: [start], minutes: (minuteOf(toDay, toHour, toMinute) - start + minutesAWeek) % minutesAWeek };
}

/**
 * When a schedule may start something. Of EventBridge's cron, six fields of which one of the two for days is `?`, only
 * a fixed minute and hour are taken; days that are more than one weekday count as every day. `undefined` otherwise.
 */
export function cronStarts(schedule: string): Window | undefined {
  const fields = /^cron\(([^()]*)\)$/.exec(schedule)?.[1]?.split(" ") ?? [];
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields;
  const others = [dayOfMonth, month, dayOfWeek, year];
  if (fields.length !== 6 || !/^[0-5]?\d$/.test(minute) || !/^([01]?\d|2[0-3])$/.test(hour)
    || others.some((field) => !/^[\dA-Z*?,/#-]+$/.test(field)) || (dayOfMonth === "?") === (dayOfWeek === "?")) {
    return undefined;
  }
  const day = weekdayOf(dayOfWeek);
  const onDays = day === undefined ? days.keys() : [day];
  return { starts: [...onDays].map((index) => index * minutesADay + Number(hour) * 60 + Number(minute)), minutes: 1 };
}

/**
 * Days from one start of such a schedule to the next, at most, by the form of its day alone: 35 for the first Wednesday
 * of each month, 31 for a day of each month, 7 for one of each week. If it leaves out months, only its author knows.
 */
export function longestWaitDays(schedule: string): number {
  const [, , dayOfMonth = "", , dayOfWeek = ""] = schedule.replace(/^cron\(|\)$/g, "").split(" ");
  if (dayOfWeek === "?") {
    return dayOfMonth === "*" ? 1 : 31;
  }
  return dayOfWeek.includes("#") ? 35 : dayOfWeek === "*" ? 1 : 7;
}

export function overlap(a: Window, b: Window): boolean {
  const wait = (from: number, to: number) => (to - from + minutesAWeek) % minutesAWeek;
  return a.starts.some((start) => b.starts.some((other) =>
    wait(start, other) < a.minutes || wait(other, start) < b.minutes));
}

function minuteOf(day: string | undefined, hour: string | undefined, minute: string | undefined): number {
  return days.indexOf(day ?? "") * minutesADay + Number(hour) * 60 + Number(minute);
}

/** `WED`, `4` or `4#1`, the first of a month: EventBridge counts from Sunday, which is 1. */
function weekdayOf(field: string): number | undefined {
  const [, number, name] = /^(?:([1-7])|([A-Z]{3}))(?:#[1-5])?$/.exec(field) ?? [];
  const index = number === undefined ? days.indexOf(name?.toLowerCase() ?? "") : Number(number) - 1;
  return index === -1 ? undefined : index;
}
