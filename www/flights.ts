/**
 * A session as round trips: what the client says without waiting, and what the server answers to it. No DOM.
 */
import type { Step } from "edgepost";

/** A round trip, or what stands beside them: the greeting before the first, a note of the link. */
export interface Exchange {
  /** Its number among the round trips; undefined: the client waited for nothing. */
  readonly number: number | undefined;
  readonly client: readonly Step[];
  readonly server: readonly Step[];
  readonly link: readonly Step[];
}

interface Open {
  number: number | undefined;
  client: Step[];
  server: Step[];
  link: Step[];
}

/** Groups steps as they come. */
export class Flights {
  readonly exchanges: Open[] = [];
  #roundTrips = 0;

  /** How often the client has had to wait for the server. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Takes a step; gives the exchange that it belongs to. */
  add(step: Step): Exchange {
    let exchange = this.exchanges.at(-1);
    if (exchange === undefined || startsNew(exchange, step)) {
      exchange = { number: undefined, client: [], server: [], link: [] };
      this.exchanges.push(exchange);
    }
    const isLink = step.from === "link" || step.kind === "closed";
    exchange[isLink ? "link" : (step.from as "client" | "server")].push(step);
    if (exchange.client.length > 0 && exchange.server.length > 0) exchange.number ??= ++this.#roundTrips;
    return exchange;
  }
}

function startsNew(exchange: Exchange, step: Step): boolean {
  if (step.from === "link" || step.kind === "closed") return exchange.link.length === 0;
  return exchange.link.length > 0 || (step.from === "client" && exchange.server.length > 0);
}
