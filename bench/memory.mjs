// Resident memory of this process, from startWatching() to stopWatching(). The system keeps the peak: a timer would not see
// what goes on while a stream keeps the event loop from its timers.

let idle;

/** What is there now is what the process needs anyway. */
export function startWatching() {
  idle = process.memoryUsage.rss();
}

/** The octets that there were above that, at the peak of the process. */
export function stopWatching() {
  return process.resourceUsage().maxRSS * 1024 - idle;
}
