/** The runtime's module, as far as email.ts uses it. */
declare module "cloudflare:email" {
  export const EmailMessage: new (from: string, to: string, raw: string) => object;
}
