// The light build has the same interface, without the parts for subtitles, encryption and other audio tracks.
declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}
