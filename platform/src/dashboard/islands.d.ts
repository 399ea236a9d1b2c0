// What the build of platform/islands gives. It stands in `dist/`, which no clone has before a build.
declare module '*/dist/islands.js' {
  /** The script of the pages, minified. */
  export const SCRIPT: string;
  /** Changes whenever the script does. */
  export const SCRIPT_HASH: string;
  /** The styles that the script's libraries bring. */
  export const LIBRARY_STYLE: string;
}
