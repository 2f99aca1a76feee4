/** Watching an AbortSignal that many share: the sessions of a server, the messages of a pool. */

interface Watch {
  readonly actions: Set<() => void>;
  readonly fire: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `action` when the signal fires; gives what ends that. However many watch, the signal has one listener: Node takes
 * more than ten for a leak, and says so on standard error.
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  const { actions, fire } = watches.get(signal) ?? watch(signal);
  const mine = (): void => action();
  actions.add(mine);
  return () => {
    actions.delete(mine);
    if (actions.size > 0) return;
    signal.removeEventListener("abort", fire);
    watches.delete(signal);
  };
}

function watch(signal: AbortSignal): Watch {
  const actions = new Set<() => void>();
  const fire = (): void => actions.forEach((action) => action());
  signal.addEventListener("abort", fire, { once: true });
  watches.set(signal, { actions, fire });
  return { actions, fire };
}
