// A Worker that prepares and starts a program when it is asked to.
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/prepare") await (await import("./program.js")).prepare?.();
    if (pathname !== "/start") return new Response("nothing");
    const { start } = await import("./program.js");
    if (!(await start())) throw new Error("the program does not do what it is measured for");
    return new Response("started");
  },
};
