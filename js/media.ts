/** Media types: how they are written (RFC 2045 section 5.1), and which a file's name promises. */
import { bad } from "./address.js";

/** Lower case, and its parameters in their order. */
export interface MediaType {
  readonly type: string;
  readonly params: readonly (readonly [name: string, value: string])[];
}

/** What extensions promise; all others are octets. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/gzip": "gz",
  "application/json": "json",
  "application/msword": "doc",
  "application/pdf": "pdf",
  "application/pgp-keys": "asc",
  "application/rtf": "rtf",
  "application/vnd.ms-excel": "xls",
  "application/vnd.ms-powerpoint": "ppt",
  "application/vnd.oasis.opendocument.text": "odt",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/xml": "xml",
  "application/zip": "zip",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
  "image/avif": "avif",
  "image/gif": "gif",
  "image/jpeg": "jpg jpeg",
  "image/png": "png",
  "image/svg+xml": "svg",
  "image/tiff": "tif tiff",
  "image/webp": "webp",
  "message/rfc822": "eml",
  "text/calendar": "ics",
  "text/css": "css",
  "text/csv": "csv",
  "text/html": "htm html",
  "text/markdown": "md",
  "text/plain": "txt log",
  "text/vcard": "vcf",
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
};

const TYPES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map(
  Object.entries(EXTENSIONS).flatMap(([type, names]) =>
    names.split(" ").map((name) => [name, type] as const),
  ),
);

/** The type of a file of this name, if it promises one. */
export function typeOfFile(name: string): string | undefined {
  return TYPES.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}

const TYPE = /^[\w!#$%&'*+.^`{|}~-]+\/[\w!#$%&'*+.^`{|}~-]+/;
const PARAM = /;[ \t]*(?:([\w!#$&+.^`{|}~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`{|}~-]+))[ \t]*)?/y;

/** Takes one apart. Throws an `InputError`. */
export function mediaType(text: string, field: string): MediaType {
  const type = TYPE.exec(text)?.[0];
  if (type === undefined) throw bad(`${field} must be a type/subtype`, field);
  const params: [string, string][] = [];
  let at = type.length;
  while (text[at] === " " || text[at] === "\t") at++;
  while (at < text.length) {
    PARAM.lastIndex = at;
    const found = PARAM.exec(text);
    if (found === null) throw bad(`${field}: expected a parameter, name=value, at character ${at}`, field);
    const [all, name, quoted, token] = found;
    if (name !== undefined) params.push([name, token ?? quoted!.replace(/\\(.)/gs, "$1")]);
    at += all.length;
  }
  return { type: type.toLowerCase(), params };
}
