namespace FineWebTorch.Parquet.Tests;

/// <summary>Damage of any kind ends in one line or goes unnoticed, never in a crash or a hang.</summary>
public class DamageTests
{
    private const int Variants = 12;

    public static TheoryData<string> Files => GoldenCase.FilesExpected("ok");

    [Theory]
    [MemberData(nameof(Files))]
    public void Write_RandomDamage_EndsInALineOrAShard(string file)
    {
        using var folder = new TemporaryFolder();
        var golden = GoldenCase.Named(file);
        var random = new Random(Seed: 20_240_610 + golden.File.Length);
        var bytes = File.ReadAllBytes(golden.Path);
        var damaged = folder.File("damaged.parquet");
        for (var variant = 0; variant < Variants; variant++)
        {
            File.WriteAllBytes(damaged, Damage(bytes, random));
            var exception = Record.Exception(() =>
            {
                var rows = Reading.Texts(damaged, golden.TextColumn).Count;
                ShardWriter.Write(Shards.Request(damaged, folder.File("out"), golden.TextColumn), Shards.Keep(rows));
            });
            Assert.True(exception is null or ParquetFileException, $"variant {variant}: {exception}");
            Assert.DoesNotContain('\n', exception?.Message ?? "");
            File.Delete(folder.File("out"));
            Assert.Equal([damaged], Directory.EnumerateFileSystemEntries(folder.Path));
        }
    }

    [Fact]
    public void Read_IndexBeyondTheDictionary_IsADamagedFile()
    {
        using var folder = new TemporaryFolder();
        var damaged = folder.File("damaged.parquet");
        File.Copy(Path.Combine(TestData.RepositoryRoot, "tests/Fuzz/seeds/parquet-pages/found-dictionary-index"), damaged);

        var exception = Assert.Throws<ParquetFileException>(() => Reading.Texts(damaged, "text"));

        Assert.Equal(ParquetFault.Damaged, exception.Fault);
        Assert.Contains("of a dictionary of", exception.Message, StringComparison.Ordinal);
    }

    // Half of the damage goes to the footer, which is a small part of the file.
    private static byte[] Damage(byte[] bytes, Random random)
    {
        var footer = bytes.Length - BitConverter.ToInt32(bytes, bytes.Length - 8) - 8;
        var first = random.Next(2) == 0 ? 4 : footer;
        var at = random.Next(first, bytes.Length - 8);
        switch (random.Next(4))
        {
            case 0:
                // A cut in the middle leaves both ends as they were.
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(at + random.Next(1, 64), bytes.Length - 8))];
            case 1:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at, 1), .. bytes.AsSpan(at)];
            case 2:
                var changed = (byte[])bytes.Clone();
                changed[at] ^= (byte)(1 << random.Next(8));
                return changed;
            default:
                var cleared = (byte[])bytes.Clone();
                cleared.AsSpan(at, Math.Min(random.Next(1, 64), bytes.Length - 8 - at)).Clear();
                return cleared;
        }
    }
}
