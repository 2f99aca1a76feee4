/** The runtime's module, as far as workers.ts uses it. */
declare module "cloudflare:sockets" {
  export function connect(
    address: { readonly hostname: string; readonly port: number },
    options: { readonly secureTransport: "on" | "off" | "starttls"; readonly allowHalfOpen: boolean },
  ): object;
}
