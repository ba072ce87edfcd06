// Numbers as the terminal writes them: the same in every country.

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const unknown = "–";
type Figure = number | null | undefined;
const missing = (value: Figure): value is null | undefined =>
  value === null || value === undefined || !Number.isFinite(value);

/** "1,234,567" */
export function count(value: Figure): string {
  return missing(value) ? unknown : counts.format(value);
}

/** "1 file", "2,000 files" */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${value === 1 ? noun : noun + "s"}`;
}

/** As `count`, with a decimal below 10. */
export function rate(value: Figure): string {
  if (missing(value)) return unknown;
  return value > 0 && value < 9.95 ? value.toFixed(1) : count(value);
}

/** Three digits and a unit of thousands: "1.23 M"; below ten thousand as `rate`. */
export function short(value: Figure): string {
  if (missing(value) || value < 9999.5) return rate(value);
  return scaled(value, ["", " k", " M", " G", " T"], 9999.5);
}

/** As `count` while a narrow column has room for it, then as `short`. */
export function whole(value: Figure): string {
  return missing(value) || value < 9_999_999.5 ? count(value) : short(value);
}

/** A mark of an axis: "0", "500", "2.5 k", "10 M". */
export function mark(value: number): string {
  const unit = value >= 1e9 ? 3 : value >= 1e6 ? 2 : value >= 1e3 ? 1 : 0;
  return `${+(value / 1000 ** unit).toFixed(2)}${["", " k", " M", " G"][unit]}`;
}

/** "1.23 GB" */
export function size(bytes: Figure): string {
  if (missing(bytes)) return unknown;
  return scaled(bytes, [" bytes", " kB", " MB", " GB", " TB", " PB", " EB"], 999.5);
}

function scaled(value: number, units: string[], most: number): string {
  let [number, unit] = [value, 0];
  for (; Math.abs(number) >= (unit === 0 ? most : 999.5) && unit < units.length - 1; unit++) number /= 1000;
  const digits = unit === 0 ? 0 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  return number.toFixed(digits) + units[unit];
}

/** A ratio with one decimal: "12.5 %"; "100.0 %" only for all of it. */
export function percent(ratio: Figure): string {
  if (missing(ratio)) return unknown;
  return `${(ratio < 1 ? Math.min(100 * ratio, 99.9) : 100 * ratio).toFixed(1)} %`;
}

/** A ratio without decimals: "93 %". */
export function wholePercent(ratio: Figure): string {
  return missing(ratio) ? unknown : `${Math.round(100 * ratio)} %`;
}

export function share(part: Figure, whole: Figure): number | null {
  return missing(part) || missing(whole) || whole <= 0 ? null : part / whole;
}

/** The two largest units that matter: "2 d 4 h", "3 h 20 min", "45 s". */
export function duration(seconds: Figure): string {
  if (missing(seconds)) return unknown;
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600), Math.floor(whole / 60)];
  if (hours >= 48) return `${days} d ${hours % 24} h`;
  if (hours >= 1) return `${hours} h ${minutes % 60} min`;
  if (minutes >= 1) return `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

/** How long ago, coarse, so that a table does not flicker: "now", "12 s ago", "3 min ago". */
export function ago(seconds: Figure): string {
  if (missing(seconds)) return unknown;
  if (seconds < 2) return "now";
  const [size, unit] =
    seconds < 60 ? [1, "s"] : seconds < 3600 ? [60, "min"] : seconds < 172_800 ? [3600, "h"] : [86_400, "d"];
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** A price without its currency, which nobody has told: "12.40". */
export function price(value: Figure): string {
  if (missing(value)) return unknown;
  return value >= 1000 ? count(value) : value.toFixed(2);
}

/** "14:03:22" in the reader's time zone. */
export function clock(time: Date, seconds = true): string {
  const text = [time.getHours(), time.getMinutes(), ...(seconds ? [time.getSeconds()] : [])];
  return text.map((part) => String(part).padStart(2, "0")).join(":");
}

/** "18:42", and with its day where that is not today. */
export function moment(time: Date, today = new Date()): string {
  const hours = clock(time, false);
  if (time.toDateString() === today.toDateString()) return hours;
  const day = time.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
  return `${day}, ${hours}`;
}

/** A state as people read it: "not connected" says more than "lost". */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a run keeps, in words: "int3" is what rounds to 3 or more. */
export function kept(keep: string | null | undefined, threshold: Figure): string {
  const [, kind, score] = /^(int|raw)(.+)$/.exec(keep ?? "") ?? [];
  if (kind === "int") return `what rounds to ${score} or more`;
  if (kind === "raw") return `scores of ${score} or more`;
  return missing(threshold) ? "all rows" : `scores of ${threshold} or more`;
}
