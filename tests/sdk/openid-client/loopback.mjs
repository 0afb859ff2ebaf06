// A fetch that connects to 127.0.0.1 whatever the name, and still speaks the name as SNI and Host.

import https from "node:https";

export function loopback(ca) {
  return (url, { method = "GET", headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const { host, hostname, port, pathname, search } = new URL(url);
      const sent = https.request({
        host: "127.0.0.1",
        servername: hostname,
        port,
        path: pathname + search,
        method,
        headers: { ...Object.fromEntries(new Headers(headers)), host },
        ca,
        signal,
      });
      sent.on("error", reject);
      sent.on("response", async (answer) => {
        const chunks = await answer.toArray();
        const fields = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
          values.map((value) => [name, value]),
        );
        // The standard forbids a body, even an empty one, where there can be none.
        const content = chunks.length ? Buffer.concat(chunks) : null;
        resolve(new Response(content, { status: answer.statusCode, headers: fields }));
      });
      sent.end(body?.toString());
    });
}
