// A multipart/x-mixed-replace answer, part by part. (<img> would do that too, but tells no headers and no end.)
const MOST = 8_000_000; // bytes: a part that is longer is no picture of ours
const END = [13, 10, 13, 10];

/** Yield {headers, body} of each part; names of headers are in lower case. */
export async function* parts(answer) {
  const reader = answer.body.getReader();
  let held = new Uint8Array(0);
  const more = async () => {
    const { value, done } = await reader.read();
    if (done) return false;
    const joined = new Uint8Array(held.length + value.length);
    joined.set(held);
    joined.set(value, held.length);
    held = joined;
    if (held.length > MOST) throw new Error("the picture is too large");
    return true;
  };
  try {
    for (;;) {
      let end;
      while ((end = headEnd(held)) < 0) if (!(await more())) return;
      const head = new TextDecoder().decode(held.subarray(0, end));
      const headers = Object.fromEntries(head.split("\r\n").filter((row) => row.includes(": "))
        .map((row) => [row.slice(0, row.indexOf(": ")).toLowerCase(), row.slice(row.indexOf(": ") + 2)]));
      const size = Number(headers["content-length"]);
      if (!(size > 0)) throw new Error("a part does not say how long it is");
      while (held.length < end + size) if (!(await more())) return;
      yield { headers, body: held.slice(end, end + size) };
      held = held.slice(end + size);
    }
  } finally {
    reader.cancel().catch(() => {}); // the server need not encode for nobody
  }
}

function headEnd(bytes) {
  for (let at = 0; at + END.length <= bytes.length; at += 1) if (END.every((one, n) => bytes[at + n] === one)) return at + END.length;
  return -1;
}
