import styles from "./Meter.module.css";

export function Meter({ label, value, most }: { label: string; value: number; most: number }) {
  const share = most > 0 ? Math.min(value / most, 1) : 0;
  return (
    <div
      className={styles.meter}
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div className={styles.fill} style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
