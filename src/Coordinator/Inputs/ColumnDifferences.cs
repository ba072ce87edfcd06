using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>The columns that files have; files of the same digest have the same, in any order.</summary>
internal sealed record ColumnSet(string Digest, IReadOnlyList<ParquetColumn> Columns)
{
    private const int DigestLength = 16;

    public static ColumnSet Of(IReadOnlyList<ParquetColumn> columns)
    {
        var lines = columns.Select(column => $"{column.Name}\0{column.Type}\n").Order(StringComparer.Ordinal);
        return new ColumnSet(Sha256.Of(string.Concat(lines))[..DigestLength], columns);
    }
}

/// <summary>Files that have the same of a column.</summary>
/// <param name="Type">Null where they do not have it.</param>
/// <param name="First">Name of the first of them.</param>
internal sealed record ColumnVariant(string? Type, string First, int Files)
{
    public override string ToString() => (Type is null ? "missing in " : $"{Type} in ") + First +
        (Files > 1 ? $" and {NumberText.Count(Files - 1, "more file")}" : "");
}

/// <summary>A column that is not the same in all files of a run.</summary>
internal sealed record ColumnDifference(string Column, IReadOnlyList<ColumnVariant> Variants)
{
    public override string ToString() => $"column '{Column}' differs between files: {string.Join(", ", Variants)}";

    /// <summary>All such columns, in the order of the files and their columns.</summary>
    /// <param name="files">That can be used.</param>
    /// <param name="read">The columns of a file; asked for one file of each digest, where there are several.</param>
    public static async Task<IReadOnlyList<ColumnDifference>> FindAsync(
        IEnumerable<FileRecord> files, Func<FileRecord, Task<IReadOnlyList<ParquetColumn>>> read)
    {
        var groups = files.GroupBy(file => file.Columns).Select(group => group.ToList()).ToList();
        if (groups.Count <= 1)
            return [];
        var sets = new List<(List<FileRecord> Files, Dictionary<string, string> Types)>();
        foreach (var group in groups)
        {
            var columns = await read(group[0]);
            sets.Add((group, columns.ToDictionary(column => column.Name, column => column.Type.ToString())));
        }

        return [.. sets.SelectMany(set => set.Types.Keys).Distinct(StringComparer.Ordinal)
            .Select(column => new ColumnDifference(column, VariantsOf(column, sets)))
            .Where(difference => difference.Variants.Count > 1)];
    }

    private static List<ColumnVariant> VariantsOf(
        string column, List<(List<FileRecord> Files, Dictionary<string, string> Types)> sets) =>
        [.. sets.GroupBy(set => set.Types.GetValueOrDefault(column)).Select(same => new ColumnVariant(
            same.Key, same.First().Files[0].Name, same.Sum(set => set.Files.Count)))];
}
