import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: ["./app/db/auth-tables.ts", "./app/db/schema.ts"],
  out: "./app/db/migrations",
});
