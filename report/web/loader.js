// Unpacks the packed block of the page: the script, which runs as the page's policy knows its digest, and what it draws.
const unpack = async () => {
  // Five letters for four bytes: the letters from # on, without < and \.
  const text = document.getElementById("payload").textContent.trim(), packed = new Uint8Array(text.length / 5 * 4);
  for (let i = 0, at = 0; i < text.length; at += 4) {
    let word = 0;
    for (let k = 0; k < 5; k++) {
      const letter = text.charCodeAt(i++);
      word = word * 85 + letter - (letter > 92 ? 37 : letter > 60 ? 36 : 35);
    }
    for (let k = 3; k >= 0; k--, word = Math.floor(word / 256)) packed[at + k] = word % 256;
  }
  const size = new DataView(packed.buffer).getUint32(0, true);
  const stream = new Blob([packed.subarray(4, 4 + size)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

unpack().then((bytes) => {
  const size = new DataView(bytes.buffer).getUint32(0, true), script = document.createElement("script");
  script.textContent = new TextDecoder().decode(bytes.subarray(4, 4 + size));
  // Taken away again by the script.
  globalThis.carve = bytes.slice(4 + size);
  document.body.append(script);
}).catch((error) => {
  document.documentElement.dataset.ready = "no";
  console.error(error);
});
