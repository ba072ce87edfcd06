namespace FineWebTorch.Parquet.Tests;

/// <summary>Damage of any kind ends in one line or goes unnoticed, never in a crash or a hang.</summary>
public class DamageTests
{
    private const int Variants = 15;

    [Theory]
    [InlineData("codec-zstd.parquet")]
    [InlineData("codec-snappy.parquet")]
    [InlineData("dictionary-encoded.parquet")]
    [InlineData("delta-length-byte-array.parquet")]
    [InlineData("nested-and-typed.parquet")]
    public void Write_RandomDamage_EndsInALineOrAShard(string file)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(Seed: 20_240_610);
        var bytes = File.ReadAllBytes(GoldenCase.Named(file).Path);
        var damaged = folder.File("damaged.parquet");
        for (var variant = 0; variant < Variants; variant++)
        {
            File.WriteAllBytes(damaged, Damage(bytes, random));
            var exception = Record.Exception(() =>
            {
                var rows = Reading.Texts(damaged).Count;
                ShardWriter.Write(Shards.Request(damaged, folder.File("out")), Shards.Keep(rows));
            });
            Assert.True(exception is null or ParquetFileException, $"variant {variant}: {exception}");
            Assert.DoesNotContain('\n', exception?.Message ?? "");
            File.Delete(folder.File("out"));
            Assert.Equal([damaged], Directory.EnumerateFileSystemEntries(folder.Path));
        }
    }

    // Half of the damage goes to the footer, which is a small part of the file.
    private static byte[] Damage(byte[] bytes, Random random)
    {
        var copy = (byte[])bytes.Clone();
        var footer = copy.Length - BitConverter.ToInt32(copy, copy.Length - 8) - 8;
        var first = random.Next(2) == 0 ? 4 : footer;
        var at = random.Next(first, copy.Length - 8);
        if (random.Next(2) == 0)
            copy[at] ^= (byte)(1 << random.Next(8));
        else
            copy.AsSpan(at, Math.Min(random.Next(1, 64), copy.Length - 8 - at)).Clear();
        return copy;
    }
}
