/** Memory in GiB of each size of a family, by that of its `large`. */
const sizes = (large: number) => ({
  large, xlarge: large * 2, "2xlarge": large * 4, "4xlarge": large * 8, "8xlarge": large * 16,
  "12xlarge": large * 24, "16xlarge": large * 32,
});

/**
 * Memory in GiB of RDS's instance classes, those with Graviton processors.
 * Source: "Hardware specifications for DB instance classes" in the RDS user guide.
 */
const memoryGiB: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  t4g: { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, "2xlarge": 32 },
  m7g: sizes(8),
  m8g: sizes(8),
  r7g: sizes(16),
  r8g: sizes(16),
};

const classes = new Map(Object.entries(memoryGiB).flatMap(([family, ofSizes]) =>
  Object.entries(ofSizes).map(([size, memory]) => [`db.${family}.${size}`, memory])));

/** In GiB; `undefined` for a class that is not in the table. */
export function memoryOf(instanceClass: string): number | undefined {
  return classes.get(instanceClass);
}
