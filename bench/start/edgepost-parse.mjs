// A first message: the module that reads is loaded, and a message read.
import { parse } from "edgepost";
import { message, subject } from "./message.mjs";

export async function start() {
  const parsed = await parse(message);
  return parsed.subject === subject;
}
