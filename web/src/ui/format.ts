// Numbers, sizes and times as people of a language write them.
export interface Format {
  number: (value: number) => string;
  percent: (share: number) => string;
  bytes: (value: number) => string;
  rate: (perSecond: number) => string;
  duration: (seconds: number) => string;
  dateTime: (iso: string) => string;
  ago: (iso: string, now?: number) => string;
}

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const TIMES: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function formatIn(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const rate = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: name === "byte" ? "long" : "short", // Short ones are "0 byte" and "1 kB".
      maximumFractionDigits: digits,
    }).format(value);

  return {
    number: (value) => number.format(value),
    rate: (perSecond) => rate.format(perSecond),
    percent: (share) => percent.format(share),
    bytes: (value) => {
      const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), BYTE_UNITS.length - 1);
      return unit(value / 1000 ** power, BYTE_UNITS[power] ?? "byte", power > 1 ? 1 : 0);
    },
    // Two units at most: nobody plans by the seconds of hours.
    duration: (seconds) => {
      const whole = Math.max(1, Math.round(seconds));
      if (whole < 60) return unit(whole, "second");
      const minutes = Math.round(whole / 60);
      if (minutes < 60) return unit(minutes, "minute");
      const hours = Math.floor(minutes / 60);
      if (hours >= 48) return unit(Math.round(hours / 24), "day");
      return minutes % 60 ? `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}` : unit(hours, "hour");
    },
    dateTime: (iso) => dateTime.format(new Date(iso)),
    ago: (iso, now = Date.now()) => {
      const seconds = (new Date(iso).getTime() - now) / 1000;
      const [name, length] = TIMES.find(([, each]) => -seconds >= each) ?? ["minute", 60];
      return relative.format(Math.ceil(seconds / length), name);
    },
  };
}
