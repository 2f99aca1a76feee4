// Resident memory of this process, watched from startWatching() to stopWatching().
const every = 5; // milliseconds

let idle;
let most;
let timer;

/** What is there now is what the process needs anyway. */
export function startWatching() {
  idle = most = process.memoryUsage.rss();
  timer = setInterval(look, every);
}

/** The octets that there were above that, at the peak. */
export function stopWatching() {
  clearInterval(timer);
  look();
  return most - idle;
}

function look() {
  most = Math.max(most, process.memoryUsage.rss());
}
