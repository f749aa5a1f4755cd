import { startPostgres, type PostgresArgs } from "../../../offline/stand-ins/postgres";

const args = JSON.parse(process.argv[2]!) as PostgresArgs;
void startPostgres(args).then(({ pid, caFile }) => process.send!({ pid, caFile }));
