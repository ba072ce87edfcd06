// Of an unpacked archive: writes bom.cdx.json (CycloneDX), what is inside, and licenses/, the licence of each part.
// Fails where something is inside that no list names or that names no licence.
//   node build/bill-of-materials.mjs FOLDER REPOSITORY PACKAGES BILL...
// FOLDER holds app/; PACKAGES are NuGet's, unpacked; each BILL is what CycloneDX's tool has written of one program.
import fs from "node:fs";
import path from "node:path";

const [folder, repository, packages, ...bills] = process.argv.slice(2);
const read = (...parts) => JSON.parse(fs.readFileSync(path.join(...parts), "utf8"));
const fail = (message) => { console.error(`error: ${message}`); process.exit(1); };

// The tool gives none where a package brings a file in place of a name.
const licencesByFile = { "Apache.Arrow": "Apache-2.0", "Google.FlatBuffers": "Apache-2.0", SQLite: "blessing" };

/** What the programs bring that has files: a package's name, version, and folder below PACKAGES. */
function shipped() {
  const found = new Map();
  for (const file of fs.readdirSync(path.join(folder, "app")).filter((name) => name.endsWith(".deps.json"))) {
    const { targets, libraries, runtimeTarget } = read(folder, "app", file);
    for (const [key, { runtime = {}, native = {} }] of Object.entries(targets[runtimeTarget.name])) {
      const { type } = libraries[key];
      if (!["package", "runtimepack"].includes(type) || Object.keys({ ...runtime, ...native }).length === 0) continue;
      const [name, version] = key.replace(/^runtimepack\./, "").split("/");
      found.set(`pkg:nuget/${name}@${version}`, { name, version, isRuntime: type === "runtimepack" });
    }
  }
  return found;
}

function packageFolder({ name, version }) {
  return path.join(packages, name.toLowerCase(), version.toLowerCase());
}

/** .NET itself, which the tool leaves out. */
function runtimeComponent(purl, part) {
  const { name, version } = part;
  const digest = fs.readFileSync(
    path.join(packageFolder(part), `${name.toLowerCase()}.${version}.nupkg.sha512`), "utf8");
  return {
    type: "framework", "bom-ref": purl, name, version, purl, scope: "required",
    hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex").toUpperCase() }],
    licenses: [{ license: { id: "MIT" } }], copyright: "© Microsoft Corporation. All rights reserved.",
  };
}

/** What no package of NuGet brings: the page's charts, and the C++ library in the kernels. */
function others() {
  const lock = read(repository, "src/Coordinator/Web/Page/package-lock.json");
  const { version, license, integrity } = lock.packages["node_modules/uplot"];
  const purl = `pkg:npm/uplot@${version}`;
  const content = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex").toUpperCase();
  return [
    {
      type: "library", "bom-ref": purl, name: "uplot", version, purl, scope: "required",
      hashes: [{ alg: "SHA-512", content }], licenses: [{ license: { id: license } }],
      copyright: "Copyright (c) Leon Sorokin",
    },
    {
      type: "library", "bom-ref": "libstdc++", name: "libstdc++", scope: "required",
      description: "Of the compiler, linked into the CPU kernels",
      licenses: [{ expression: "GPL-3.0-or-later WITH GCC-exception-3.1" }],
      copyright: "Free Software Foundation, Inc.",
    },
  ];
}

function licenceOf({ licenses = [] }) {
  return licenses.map((one) => one.expression ?? one.license.id ?? one.license.name).join(", ");
}

/** Copies a part's own licences, or the text that its licence has everywhere; the names of what stands for it. */
function copyLicences(component, part) {
  const from = part && packageFolder(part);
  const own = part
    ? fs.readdirSync(from).filter((name) => /^(licen[cs]e|copying|notice|third-?party)/i.test(name)).sort()
    : [];
  const into = `${component.name}-${component.version}`;
  for (const name of own) {
    fs.mkdirSync(path.join(folder, "licenses", into), { recursive: true });
    fs.copyFileSync(path.join(from, name), path.join(folder, "licenses", into, name));
  }
  if (own.length > 0) return own.map((name) => `${into}/${name}`);
  const licence = licenceOf(component);
  if (licence.includes("GCC-exception")) return ["none is due by its exception"];
  const text = licence === "Apache-2.0"
    ? path.join(repository, "LICENSE")
    : path.join(repository, "build/licenses", `${licence}.txt`);
  if (!fs.existsSync(text)) fail(`${into}: there is no text of its licence '${licence}' in build/licenses`);
  fs.copyFileSync(text, path.join(folder, "licenses", `${licence}.txt`));
  return [`${licence}.txt`];
}

const parts = shipped();
const documents = bills.map((bill) => read(bill));
const listed = new Map(documents.flatMap((bill) => bill.components).map((one) => [one.purl, one]));
const components = [...parts].map(([purl, part]) => {
  const component = part.isRuntime ? runtimeComponent(purl, part) : listed.get(purl) ?? fail(`no list names ${purl}`);
  if (!component.licenses) {
    const id = licencesByFile[part.name] ?? fail(`${purl} names no licence: see what it brings, and name it here`);
    component.licenses = [{ license: { id } }];
  }
  return component;
}).concat(others()).sort((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1));

fs.mkdirSync(path.join(folder, "licenses"), { recursive: true });
const rows = components.map((one) => `| ${one.name} ${one.version ?? ""} | ${licenceOf(one)} | ${
  (one.copyright ?? "").replaceAll("|", "/")} | ${copyLicences(one, parts.get(one.purl)).join(", ")} |`);
fs.writeFileSync(path.join(folder, "licenses", "LIST.md"), [
  "# What is inside, and under which licence", "",
  "FineWebTorch itself: Apache-2.0, see LICENSE. What libraries were built from stands in their own files.", "",
  "| part | licence | copyright | text |", "| --- | --- | --- | --- |", ...rows, "",
].join("\n"));

const references = new Set(components.map((one) => one["bom-ref"]));
const known = new Map(documents.flatMap((bill) => bill.dependencies ?? [])
  .map((one) => [one.ref, one.dependsOn ?? []]));
const [{ bomFormat, specVersion, metadata }] = documents;
// What differs from one making to the next is left out.
delete metadata.timestamp;
metadata.component.licenses = [{ license: { id: "Apache-2.0" } }];
fs.writeFileSync(path.join(folder, "bom.cdx.json"), `${JSON.stringify({
  bomFormat, specVersion, version: 1, metadata, components,
  dependencies: [
    { ref: metadata.component["bom-ref"], dependsOn: [...references] },
    ...[...references].map((ref) => ({ ref, dependsOn: (known.get(ref) ?? []).filter((one) => references.has(one)) })),
  ],
}, null, 2)}\n`);
console.log(`-- ${components.length} parts in bom.cdx.json and licenses/`);
