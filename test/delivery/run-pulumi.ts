import { checkTypes, runPulumi } from "../../delivery/pulumi/run";

// What a script of delivery/ does: all it is given goes to Pulumi, after a check of the types where TYPES is a folder.
async function main(): Promise<void> {
  const { TYPES } = process.env;
  if (TYPES !== undefined) {
    await checkTypes(TYPES);
  }
  const { code } = await runPulumi(process.argv.slice(2), { cwd: TYPES, output: "inherit" });
  process.exitCode = code;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
