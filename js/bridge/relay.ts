/**
 * One connection through the bridge: octets between a WebSocket and a server, as many at a time as the slower side takes,
 * for as long as something happens. Knows no runtime: a host gives it a WebSocket (`Near`) and a connection (`Far`).
 */
import type { Clock } from "../clock.js";
import { SmtpError, TimeoutError, TlsError, wordsOf } from "../errors.js";
import { lineOf } from "../transport.js";
import type { Line, LineListener, Transport } from "../transport.js";
import type { BridgeSettings } from "./options.js";
import { CLOSE, closeReason, MESSAGE_OCTETS, oneLine, readControl, WINDOW_OCTETS } from "./protocol.js";
import type { CloseCode } from "./protocol.js";

/** The WebSocket to the client. */
export interface Near {
  /** Sends a message; settles when it is on its way, never rejects. */
  send(message: Uint8Array | string): Promise<void>;
  /** Begins to close it. Nothing more is sent. */
  close(code: CloseCode, reason: string): void;
  /** Lets go of it at once. */
  destroy(): void;
  /** Stops and goes on hearing the client, where the host can; where it cannot, clients need credit. */
  pause?(): void;
  resume?(): void;
  /** Asks whether the client is still there; `alive()` is the answer. */
  ping?(): void;
}

/** How a connection ended. */
export interface Ending {
  readonly reason: string;
  /** What the client was told; nothing when it has closed the WebSocket itself. */
  readonly code?: CloseCode;
  readonly sent: number;
  readonly received: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** How long the last octets, and the client's answer to a close frame, are waited for: milliseconds. */
const CLOSING = 1_000;
/** So many messages are under way each way at most, however small. */
const MESSAGES = 1_024;

/** Where the host could not connect to; `4403` when the address must not be connected to. */
export class Unreachable extends Error {
  constructor(
    readonly code: CloseCode,
    message: string,
    /** What the log says beside it. */
    readonly detail?: string,
  ) {
    super(message);
  }
}

export class Relay implements LineListener {
  readonly #near: Near;
  readonly #clock: Clock;
  readonly #settings: BridgeSettings;
  readonly #controlled: boolean;
  readonly #ended: (ending: Ending) => void;
  readonly #connecting = new AbortController();
  readonly #began: number;
  #far: { transport: Transport; line: Line } | undefined;
  #over = false;

  #sent = 0;
  #received = 0;
  /** Of what the client has sent: what may still come, and what the server has not taken. */
  #granted = 0;
  #untaken = 0;
  #untakenMessages = 0;
  #flushing = false;
  #paused = false;
  #parted = false;
  /** Of what the server has sent: what the client may get, what is on its way to it, and what has to wait. */
  #credit: number;
  #unsent = 0;
  #unsentMessages = 0;
  #held: Uint8Array | undefined;
  #reading = false;
  #serverEnded = false;

  #active: number;
  #asked: number;
  #silent = false;
  #alarm: (() => void) | undefined;
  /** Ends the wait for the client's answer to a close frame. */
  #farewell: (() => void) | undefined;

  /** `controlled`: the client speaks `edgepost.v1`. `ended` is called once. */
  constructor(
    near: Near,
    options: { settings: BridgeSettings; clock: Clock; controlled: boolean; ended: (ending: Ending) => void },
  ) {
    this.#near = near;
    this.#clock = options.clock;
    this.#settings = options.settings;
    this.#controlled = options.controlled;
    this.#ended = options.ended;
    this.#credit = options.controlled ? 0 : Infinity;
    this.#began = this.#active = this.#asked = this.#clock.now();
    if (!this.#controlled) this.#pause();
    this.#watch();
  }

  /** Octets that are in the bridge's hands. */
  get buffered(): number {
    if (this.#over) return 0;
    return this.#untaken + this.#unsent + (this.#held?.length ?? 0);
  }

  /** Connects, by `open`, and begins. Never rejects. */
  async connect(open: (signal: AbortSignal) => Promise<Transport>): Promise<void> {
    const { connect } = this.#settings.timeouts;
    const cancel = this.#clock.after(connect, () =>
      this.#close(CLOSE.late, `the server was not reached within ${connect / 1000} seconds: try again later`),
    );
    try {
      const transport = await open(this.#connecting.signal);
      if (this.#over) return void transport.close();
      const line = lineOf(transport);
      this.#far = { transport, line };
      line.open(this);
      this.#active = this.#clock.now();
      if (this.#controlled) {
        void this.#near.send(transport.secure ? "ready tls" : "ready");
        this.#grant(WINDOW_OCTETS);
      }
      this.#resume();
      this.#pull();
    } catch (error) {
      const { code, message, detail } = unreachable(error);
      this.#close(code, message, detail);
    } finally {
      cancel();
    }
  }

  /** The client has sent a message. */
  message(message: Uint8Array | string): void {
    if (this.#over) return;
    this.alive();
    if (typeof message === "string") return this.#control(message);
    if (this.#parted) return this.#close(CLOSE.flow, "octets came after the end");
    if (this.#controlled) {
      this.#granted -= message.length;
      if (this.#granted < 0) return this.#close(CLOSE.flow, "more was sent than there was credit for");
    }
    if (message.length === 0) return;
    this.#untaken += message.length;
    this.#untakenMessages++;
    this.#sent += message.length;
    if (!this.#count()) return;
    // Paused until then, a client without credit is not heard before there is a connection.
    this.#far!.line.write(message);
    this.#flush();
    if (this.#full) this.#pause();
  }

  /** Whether the server has to take something first. Many small messages weigh more than their octets. */
  get #full(): boolean {
    return this.#untakenMessages >= MESSAGES || (!this.#controlled && this.#untaken >= WINDOW_OCTETS);
  }

  #control(text: string): void {
    const control = this.#controlled ? readControl(text) : undefined;
    if (control === "end") {
      if (this.#far === undefined || this.#parted) return this.#close(CLOSE.flow, "an end came out of turn");
      this.#parted = true;
      this.#far.line.end().catch(ignore);
    } else if (control !== undefined && "credit" in control) {
      // More than a window's worth changes nothing for us: what is under way is bounded here, too.
      this.#credit = Math.min(this.#credit + control.credit, Number.MAX_SAFE_INTEGER);
      this.#pass();
    } else this.#close(CLOSE.garbled, "only binary messages carry octets");
  }

  /** The client is still there. */
  alive(): void {
    this.#silent = false;
  }

  /** The WebSocket is closed, by the client or because it was lost. */
  gone(reason: string): void {
    this.#farewell?.();
    if (this.#over) return;
    void this.#finish(oneLine(reason), undefined);
  }

  /** The bridge is going away. */
  leave(): void {
    this.#close(CLOSE.leaving, "the bridge is shutting down: try again later");
  }

  received(bytes: Uint8Array): void {
    this.#reading = false;
    if (this.#over) return;
    this.#received += bytes.length;
    this.#held = bytes;
    if (this.#count()) this.#pass();
  }

  ended(error?: unknown): void {
    if (this.#over) return;
    if (error !== undefined) return this.lost(error);
    this.#serverEnded = true;
    this.#pass();
  }

  room(): void {}

  lost(error: unknown): void {
    this.#close(CLOSE.lost, "the connection to the server was lost", wordsOf(error));
  }

  /** Counts what has moved; false when that was too much. */
  #count(): boolean {
    this.#active = this.#clock.now();
    const { octets } = this.#settings.limits;
    if (this.#sent + this.#received <= octets) return true;
    this.#close(CLOSE.octets, `the connection has carried ${octets} octets, which is as much as one may`);
    return false;
  }

  /** Waits until the server has taken what was written, then lets as much come again. */
  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const [taking, messages] = [this.#untaken, this.#untakenMessages];
    this.#far!.line.flushed().then(() => {
      this.#flushing = false;
      if (this.#over) return;
      this.#untaken -= taking;
      this.#untakenMessages -= messages;
      this.#active = this.#clock.now();
      if (this.#controlled) this.#grant(WINDOW_OCTETS - this.#untaken - this.#granted);
      if (!this.#full) this.#resume();
      if (this.#untaken > 0) this.#flush();
    }, ignore);
  }

  /** Small grants are saved up. */
  #grant(octets: number): void {
    if (octets < WINDOW_OCTETS / 2) return;
    this.#granted += octets;
    void this.#near.send(`credit ${octets}`);
  }

  /** Sends the client what it may have. */
  #pass(): void {
    while (this.#held !== undefined && this.#mayPass) {
      const piece = this.#held.subarray(0, Math.min(this.#credit, MESSAGE_OCTETS));
      this.#held = piece.length < this.#held.length ? this.#held.subarray(piece.length) : undefined;
      this.#credit -= piece.length;
      this.#unsent += piece.length;
      this.#unsentMessages++;
      void this.#near.send(piece).then(() => {
        this.#unsent -= piece.length;
        this.#unsentMessages--;
        this.#pass();
      });
    }
    this.#pull();
    if (this.#serverEnded && this.#held === undefined && !this.#over)
      this.#close(CLOSE.ended, "the server has closed the connection");
  }

  get #mayPass(): boolean {
    return this.#credit > 0 && this.#unsent < WINDOW_OCTETS && this.#unsentMessages < MESSAGES;
  }

  /** Reads one piece ahead of what the client takes, and no more: that is how an end is seen. */
  #pull(): void {
    if (this.#reading || this.#serverEnded || this.#over || this.#held !== undefined) return;
    if (this.#far === undefined) return;
    this.#reading = true;
    this.#far.line.read();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#near.pause?.();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#near.resume?.();
  }

  /** Looks at the time whenever something may be due. */
  #watch(): void {
    const { idle, total, ping } = this.#settings.timeouts;
    const now = this.#clock.now();
    if (now >= this.#began + total)
      return this.#close(
        CLOSE.total,
        `the connection has lasted ${total / 1000} seconds, which is as long as one may`,
      );
    if (now >= this.#active + idle)
      return this.#close(CLOSE.idle, `nothing went either way for ${idle / 1000} seconds`);
    if (this.#near.ping !== undefined && now >= this.#asked + ping) {
      if (this.#silent) {
        void this.#finish("the client does not answer any more", CLOSE.idle);
        return this.#near.destroy();
      }
      this.#asked = now;
      // One that is not heard is not asked.
      this.#silent = !this.#paused;
      if (this.#silent) this.#near.ping();
    }
    const due = [this.#began + total, this.#active + idle];
    if (this.#near.ping !== undefined) due.push(this.#asked + ping);
    this.#alarm = this.#clock.after(Math.max(1, Math.min(...due) - now), () => {
      if (!this.#over) this.#watch();
    });
  }

  #close(code: CloseCode, reason: string, detail?: string): void {
    if (this.#over) return;
    this.#near.close(code, closeReason(reason));
    // A client that does not answer the close frame is not waited for.
    this.#farewell = this.#clock.after(CLOSING, () => this.#near.destroy());
    void this.#finish(detail === undefined ? reason : `${reason} (${oneLine(detail)})`, code);
  }

  async #finish(reason: string, code: CloseCode | undefined): Promise<void> {
    this.#over = true;
    this.#alarm?.();
    this.#connecting.abort();
    // What is paused does not hear the close frame of the other side.
    this.#resume();
    this.#held = undefined;
    this.#ended({
      reason,
      ...(code !== undefined && { code }),
      sent: this.#sent,
      received: this.#received,
      duration: Math.round(this.#clock.now() - this.#began),
    });
    if (this.#far === undefined) return;
    const { line, transport } = this.#far;
    // What the client has sent before it left, as its QUIT, still reaches the server.
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(CLOSING, resolve);
      line.end().then(() => (cancel(), resolve()), resolve);
    });
    await transport.close();
  }
}

/** Why a server could not be reached, as the client is told. */
function unreachable(error: unknown): Pick<Unreachable, "code" | "message" | "detail"> {
  if (error instanceof Unreachable) return error;
  if (error instanceof TlsError) return { code: CLOSE.tls, message: plain(error) };
  if (error instanceof TimeoutError) return { code: CLOSE.late, message: plain(error) };
  // What the network says of servers is for the log: ports that are closed or filtered are nobody's business.
  return { code: CLOSE.unreachable, message: "the server cannot be reached", detail: wordsOf(error) };
}

/** An error's words without what became of a mail that the bridge knows nothing of. */
function plain(error: SmtpError): string {
  return error.message.replace(/; (nothing was sent|the message .*)$/, "");
}

function ignore(): void {}
