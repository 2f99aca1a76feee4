// A first message, as edgepost-parse.mjs has it.
import PostalMime from "postal-mime";
import { message, subject } from "./message.mjs";

export async function start() {
  const parsed = await PostalMime.parse(message);
  return parsed.subject === subject;
}
