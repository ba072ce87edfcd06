namespace FineWebTorch.Fuzz.Mutation;

/// <summary>Values at which programs err: ends of ranges, and texts that are no plain words.</summary>
internal static class Interesting
{
    private static readonly long[] Numbers =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 100, 127, 128, 255, 256, 512, 1000, 1024, 4096, 16384, 32767, 32768, 65535,
        65536, 1 << 20, 100_000_000, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40, 1L << 53, 1L << 62,
        long.MaxValue, long.MinValue, int.MinValue, -1, -2, -128,
    ];

    private static readonly double[] Reals =
    [
        0, -0.0, 1, -1, 0.5, 1e-12, 1e10, 1e300, 1e308, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        double.Epsilon, double.MaxValue,
    ];

    private static readonly string[] Texts =
    [
        "", " ", "a", "A", "0", "-1", "null", "text", "..", ".", "/", "../../etc/passwd", "/dev/null", "C:\\a", "CON",
        "a/b", "a\\b", "a\0b", "a\nb", "a\r\nb", "\u001b[2J", "\u202eb", "\ufeff", "\ufffd", "é", "e\u0301", "𝟘", "👍🏽",
        "İ", "ß", "%s%n", "%00", "{0}", "$(id)", "'; DROP TABLE x", "<b>", "http://[::1]:99999/", "file:///etc/passwd",
        "https://127.0.0.1/?a=b", "hf://datasets/a/b/c.parquet", "sha256:", "int3", "raw2.5", "all", "1e400", "NaN",
        "9223372036854775808",
    ];

    public static long Number(Random random) => random.Next(4) switch
    {
        0 => random.Next(16),
        1 => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
        2 => Numbers[random.Next(Numbers.Length)] + random.Next(-1, 2),
        _ => Numbers[random.Next(Numbers.Length)],
    };

    public static double Real(Random random) =>
        random.Next(3) == 0 ? random.NextDouble() * 100 : Reals[random.Next(Reals.Length)];

    public static string Text(Random random) => random.Next(8) switch
    {
        0 => new string((char)random.Next(32, 127), 1 << random.Next(14)),
        1 => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(1, 0x3000))),
        _ => Texts[random.Next(Texts.Length)],
    };
}
