// Today's two territories out of tomorrow's four, from TypeScript: a book is uploaded, a run of it is watched to its end, and
// its assignments come in parts.
//
// npm ci && npx buf generate ../../proto && npx tsc && node out/stages.js http://127.0.0.1:7070

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AccountSchema, type Account } from "./gen/carve/v1/account_pb.js";
import { Run_State } from "./gen/carve/v1/run_pb.js";
import { CarveService, UploadBookRequestSchema } from "./gen/carve/v1/service_pb.js";

/** A made book: so many accounts around two cities. */
function book(count: number): Account[] {
  const cities = [
    { latitude: 40.7, longitude: -74.0 },
    { latitude: 41.9, longitude: -87.6 },
  ];
  return Array.from({ length: count }, (_, number) => {
    const city = cities[number % cities.length]!;
    const away = ((number * 37) % 100) / 50 - 1;
    return create(AccountSchema, {
      accountId: `a${number}`,
      place: { latitude: city.latitude + away, longitude: city.longitude - away },
      measures: { open_pipeline: BigInt(1_000 + ((number * 7_919) % 5_000)) },
    });
  });
}

async function main(address: string): Promise<void> {
  const client = createClient(CarveService, createGrpcTransport({ baseUrl: address }));
  const accounts = book(400);
  const parts = async function* () {
    for (let at = 0; at < accounts.length; at += 100) {
      yield create(UploadBookRequestSchema, { accounts: accounts.slice(at, at + 100) });
    }
  };
  const uploaded = await client.uploadBook(parts());
  console.log(`uploaded ${uploaded.accountCount} accounts`);

  const { run } = await client.createRun({
    bookDigest: uploaded.bookDigest,
    labels: { from: "typescript" },
    solveRequest: {
      split: { shape: { case: "stages", value: { counts: [2, 4], current: 2 } } },
      options: { workLimit: 500_000n },
    },
  });
  if (!run) throw new Error("the server made no run");

  let state = Run_State.UNSPECIFIED;
  let summary = "";
  for await (const told of client.watchRun({ runId: run.runId })) {
    if (told.step) console.log(`step ${told.sequence}: tier ${told.step.tier + 1}`);
    if (told.run) ({ state, summary } = told.run);
  }
  console.log(`${Run_State[state]}: ${summary}`);

  const territories = new Map<string, number>();
  for await (const part of client.streamAssignments({ runId: run.runId })) {
    for (const assignment of part.assignments) {
      territories.set(assignment.nodeId, (territories.get(assignment.nodeId) ?? 0) + 1);
    }
  }
  console.log([...territories].sort().map(([id, count]) => `${id}: ${count}`).join(", "));

  // Faults of a request are told field by field.
  try {
    await client.createRun({ solveRequest: { accounts: accounts.slice(0, 1) }, labels: { "": "" } });
  } catch (error) {
    const told = ConnectError.from(error);
    console.log(`${Code[told.code]}: ${told.rawMessage}`);
  }
}

await main(process.argv[2] ?? "http://127.0.0.1:7070");
