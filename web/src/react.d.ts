import "react";

declare module "react" {
  // An index signature, because an interface is what can be extended.
  // eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style
  interface CSSProperties {
    [property: `--${string}`]: string | number;
  }
}
