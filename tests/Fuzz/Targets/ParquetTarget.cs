using System.Buffers.Binary;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Parquet;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// A Parquet file as a worker takes it: looked at, its pages checked, its texts read, its rows written into a shard.
/// Most of it is done by Arrow's C++, where a fault ends the process.
/// </summary>
/// <param name="isFooter">The footer is changed; else the pages are.</param>
internal sealed class ParquetTarget(bool isFooter) : FuzzTarget
{
    private const int Trailer = 8;
    private const long MostRows = 5000;

    private static readonly byte[] Magic = [.. "PAR1"u8];

    private readonly ThriftMutator _footer = new();
    private readonly ByteMutator _pages = new();

    public override int MaxLength => 64 << 10;

    public override string? BorrowedSeeds => "tests/data/parquet";

    public override long AllowedBytes(int length) => (64L << 20) + (2000L * length);

    public override void Run(byte[] input)
    {
        var path = Workshop["input.parquet"];
        File.WriteAllBytes(path, input);
        var file = ParquetFile.Inspect(path);
        var text = file.Columns.Any(column => column.Name == "text") || file.Columns.Count == 0
            ? "text"
            : file.Columns[0].Name;
        TextColumnReader.Check(path, text);
        PageChecks.OfAllColumns(path);
        Read(path, text);
        var kept = Enumerable.Range(0, (int)Math.Min(file.Rows, MostRows))
            .Where(row => row % 3 != 1).Select(row => new ScoredRow(row, 1.5f, 2));
        var request = new ShardRequest(
            path, Workshop["shard.parquet"], text, "score", "int_score", ReplaceScoreColumns: true, Rows: 0,
            new Dictionary<string, string>());
        var shard = ShardWriter.Write(request, kept);
        if (shard.RowsKept > file.Rows)
            throw new BrokenPromiseException($"{shard.RowsKept} rows of {file.Rows} were kept");
    }

    public override bool IsRefusal(Exception exception) => exception is ParquetFileException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        var length = FooterOf(input);
        if (length < 0 || random.Next(20) == 0)
            return _pages.Mutate(input, other, random);
        var end = input.Length - Trailer;
        var (pages, footer) = (input[..(end - length)], input[(end - length)..end]);
        if (!isFooter)
            return Of(ChangePages(pages, random), footer);
        var lender = FooterOf(other) is >= 0 and var lent
            ? other[(other.Length - Trailer - lent)..(other.Length - Trailer)]
            : [];
        var mutant = Of(pages, _footer.Mutate(footer, lender, random));
        if (random.Next(16) == 0)
            BinaryPrimitives.WriteInt32LittleEndian(
                mutant.AsSpan(mutant.Length - Trailer), (int)Interesting.Number(random));
        return mutant;
    }

    private static void Read(string path, string text)
    {
        using var reader = TextColumnReader.Open(path, text);
        var rows = 0L;
        while (reader.Read())
        {
            if (reader.FirstRow != rows)
                throw new BrokenPromiseException($"row {reader.FirstRow} follows row {rows}");
            for (var i = 0; i < reader.Count; i++, rows++)
                if (!reader.IsNull(i))
                    reader.IsUtf8(i);
        }
    }

    /// <summary>Where they lie stays, so that the footer finds them; the first header is changed more often than data.
    /// </summary>
    private static byte[] ChangePages(byte[] pages, Random random)
    {
        var changed = (byte[])pages.Clone();
        for (var left = 1 << random.Next(5); left > 0 && changed.Length > 4; left--)
        {
            var at = random.Next(2) == 0
                ? 4 + random.Next(Math.Min(64, changed.Length - 4))
                : random.Next(changed.Length);
            changed[at] = random.Next(3) == 0 ? (byte)(changed[at] ^ (1 << random.Next(8)))
                : random.Next(2) == 0 ? (byte)Interesting.Number(random) : (byte)(changed[at] + random.Next(-2, 3));
        }

        return changed;
    }

    /// <returns>Its length; -1 where the bytes do not end as a Parquet file does.</returns>
    private static int FooterOf(byte[] file)
    {
        if (file.Length < Trailer + 4 || !file.AsSpan(file.Length - 4).SequenceEqual(Magic))
            return -1;
        var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - Trailer));
        return length >= 0 && length <= file.Length - Trailer ? length : -1;
    }

    private static byte[] Of(byte[] pages, byte[] footer)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        return [.. pages, .. footer, .. length, .. Magic];
    }
}
