import { startPostgres, type PostgresArgs } from "../../../offline/stand-ins/postgres";

void startPostgres(JSON.parse(process.argv[2]!) as PostgresArgs).then(({ pid }) => process.send!(pid));
