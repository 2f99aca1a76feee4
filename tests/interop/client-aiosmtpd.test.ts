/** Our client delivers to aiosmtpd: no PIPELINING, no CHUNKING, no enhanced status codes. */

import { startAiosmtpd } from "./servers/aiosmtpd.js";
import { clientSuite } from "./client-suite.js";

await clientSuite("aiosmtpd", startAiosmtpd, { chunking: false });
