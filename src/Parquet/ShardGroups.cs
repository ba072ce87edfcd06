using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>A row group of a shard: the kept ones of some rows of the input.</summary>
/// <param name="End">One past the last of those rows.</param>
/// <param name="FirstKept">How many rows were kept before.</param>
internal readonly record struct ShardGroup(long End, int FirstKept, int Kept);

/// <summary>
/// Cuts a shard into row groups of bounded rows and bytes. A group ends where one of the input ends wherever that
/// fits, for then only one column is open at a time.
/// </summary>
internal static class ShardGroups
{
    private const int MostRows = 20_000;
    private const double MostBytes = 64 << 20;

    public static List<ShardGroup> Plan(ParquetFileInfo input, RowSizes sizes, KeptRows kept)
    {
        var groups = new List<ShardGroup>();
        var open = (End: 0L, Rows: 0, Bytes: 0.0);
        var written = 0;
        foreach (var range in input.Footer.RowGroups)
        {
            var end = Math.Min(range.EndRow, kept.Mask.Length);
            var whole = Measure(range.FirstRow, end, sizes, kept);
            if (!Fits(open, whole))
                Close();
            if (Fits(default, whole))
                open = (end, open.Rows + whole.Rows, open.Bytes + whole.Bytes);
            else
                Split(range.FirstRow, end);
        }
        Close();
        return groups;

        void Close()
        {
            if (open.Rows > 0)
                groups.Add(new ShardGroup(open.End, written, open.Rows));
            written += open.Rows;
            open = default;
        }

        void Split(long first, long end)
        {
            for (var row = first; row < end; row++)
            {
                var one = Measure(row, row + 1, sizes, kept);
                if (!Fits(open, one))
                    Close();
                open = (row + 1, open.Rows + one.Rows, open.Bytes + one.Bytes);
            }
        }
    }

    // A group of one row fits, however large.
    private static bool Fits((long End, int Rows, double Bytes) open, (int Rows, double Bytes) more) =>
        more.Rows == 0 || (open.Rows + more.Rows <= MostRows && open.Bytes + more.Bytes <= MostBytes)
        || open.Rows + more.Rows == 1;

    private static (int Rows, double Bytes) Measure(long first, long end, RowSizes sizes, KeptRows kept)
    {
        var (rows, bytes) = (0, 0.0);
        for (var row = first; row < end; row++)
        {
            if (!kept.Mask[(int)row])
                continue;
            rows++;
            bytes += sizes.Of(row);
        }
        return (rows, bytes);
    }
}

/// <summary>How large rows are, estimated from the headers of their pages: exact for pages of plain values.</summary>
internal sealed class RowSizes
{
    private const int RowsPerBucket = 64;

    private readonly double[] _bytes;

    private RowSizes(long rows) => _bytes = new double[(rows / RowsPerBucket) + 1];

    /// <summary>Also looks at every page's header, so that none that cannot be decoded is met later.</summary>
    public static RowSizes Of(ParquetFileInfo input, PageHeaders pages, CancellationToken cancellationToken)
    {
        var sizes = new RowSizes(input.Rows);
        foreach (var (index, group) in input.Footer.RowGroups.Index())
        {
            foreach (var leaf in input.Footer.Leaves)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sizes.Add(group, leaf, pages.Of(index, leaf));
            }
        }
        return sizes;
    }

    /// <summary>Uncompressed bytes of a row.</summary>
    public double Of(long row) => _bytes[row / RowsPerBucket];

    // Pages of columns that repeat do not say how many rows they have.
    private void Add(RowGroup group, Leaf leaf, IEnumerable<PageHeader> pages)
    {
        var (row, entry) = (group.FirstRow, 0.0);
        foreach (var page in pages)
        {
            if (page.IsDictionary)
            {
                entry = (double)page.UncompressedSize / Math.Max(1, page.Values);
                continue;
            }
            var bytes = page.UncompressedSize + (entry * page.Values);
            if (leaf.MaxRepetition > 0)
            {
                Spread(group.FirstRow, group.EndRow, bytes);
                continue;
            }
            var end = Math.Min(row + page.Values, group.EndRow);
            Spread(row, end, bytes);
            row = end;
        }
    }

    private void Spread(long first, long end, double bytes)
    {
        for (var row = first; row < end;)
        {
            var next = Math.Min(end, ((row / RowsPerBucket) + 1) * RowsPerBucket);
            _bytes[row / RowsPerBucket] += bytes / (end - first) * (next - row) / RowsPerBucket;
            row = next;
        }
    }
}
