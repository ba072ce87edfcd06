using FineWebTorch.Parquet.Format;
using ParquetSharp;
using ParquetSharp.Schema;

namespace FineWebTorch.Parquet;

/// <summary>The columns of a shard: those of its input as they are, and the two of scores.</summary>
internal sealed class ShardColumns
{
    private readonly ParquetFileInfo _input;

    private ShardColumns(ParquetFileInfo input, IReadOnlyList<ShardColumn> columns) =>
        (_input, Columns) = (input, columns);

    public IReadOnlyList<ShardColumn> Columns { get; }

    /// <summary>Input columns in order, each score column in place of one of its name, or else at the end.</summary>
    public static ShardColumns For(ParquetFileInfo input, string scoreColumn, string intScoreColumn)
    {
        ShardColumn[] added = [new(scoreColumn, null, IsScore: true), new(intScoreColumn, null, IsScore: false)];
        var columns = new List<ShardColumn>();
        foreach (var (index, column) in input.Columns.Index())
        {
            var replacement = added.FirstOrDefault(score => ColumnNames.Comparer.Equals(score.Name, column.Name));
            columns.Add(replacement ?? new ShardColumn(column.Name, index, IsScore: false));
        }
        columns.AddRange(added.Except(columns));
        return new ShardColumns(input, columns);
    }

    /// <summary>The schema for the library, of the nodes that it has made of the input's.</summary>
    /// <param name="root">Of a reader that is used for nothing else: nodes have one parent.</param>
    public GroupNode Schema(GroupNode root)
    {
        var nodes = new List<Node>();
        foreach (var column in Columns)
        {
            if (column.Source is { } source)
                nodes.Add(Known(root.Field(source), _input.Footer.Columns[source]));
            else
                nodes.Add(ScoreNode(column));
        }
        return new GroupNode(root.Name, Repetition.Required, nodes, logicalType: null);
    }

    /// <summary>
    /// For each node of that schema the SchemaElement of the input that has to stand there instead: the library adds
    /// to annotations, or leaves out what it does not know. Null for the root and for scores.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>?> Elements()
    {
        var footer = _input.Footer;
        var ranges = FooterRewriter.Elements(footer.Bytes);
        var firsts = new List<int>();
        foreach (var column in footer.Columns)
            firsts.Add(firsts.Count == 0 ? 1 : firsts[^1] + footer.Columns[firsts.Count - 1].Size);
        var elements = new List<ReadOnlyMemory<byte>?> { null };
        foreach (var column in Columns)
        {
            if (column.Source is not { } source)
            {
                elements.Add(null);
                continue;
            }
            for (var i = 0; i < footer.Columns[source].Size; i++)
                elements.Add(footer.Bytes.AsMemory(ranges[firsts[source] + i]));
        }
        return elements;
    }

    /// <summary>The leaf columns whose order the library cannot know, as paths in the schema.</summary>
    public IEnumerable<string[]> Unordered() =>
        Columns.Where(column => column.Source is not null)
            .Select(column => _input.Footer.Columns[column.Source!.Value])
            .Where(element => element.IsPartlyUnknown)
            .SelectMany(element => Paths(element, []));

    /// <summary>One for each leaf of the schema, in order.</summary>
    public List<IShardColumnWriter> Writers(ParquetFileReader reader, KeptRows kept)
    {
        var leaves = _input.Footer.Leaves.ToLookup(leaf => leaf.Name);
        var writers = new List<IShardColumnWriter>();
        foreach (var column in Columns)
        {
            if (column.Source is not null)
                writers.AddRange(leaves[column.Name].Select(leaf => RecordFilter.For(reader, _input, leaf, kept)));
            else if (column.IsScore)
                writers.Add(new ScoreFiller<double>(kept.Score));
            else
                writers.Add(new ScoreFiller<long>(kept.IntScore));
        }
        return writers;
    }

    private static IEnumerable<string[]> Paths(SchemaElement element, string[] above)
    {
        string[] path = [.. above, element.Name];
        return element.Storage is not null ? [path] : element.Children.SelectMany(child => Paths(child, path));
    }

    private static PrimitiveNode ScoreNode(ShardColumn column) => new(
        column.Name, Repetition.Optional, LogicalType.None(),
        column.IsScore ? PhysicalType.Double : PhysicalType.Int64);

    // The library refuses to write what it does not know, but it can write the same values as something plain.
    private static Node Known(Node node, SchemaElement element)
    {
        if (!element.IsPartlyUnknown)
            return node;
        return node is GroupNode group
            ? new GroupNode(
                group.Name, group.Repetition,
                [.. element.Children.Select((child, index) => Known(group.Field(index), child))], logicalType: null)
            : new PrimitiveNode(
                node.Name, node.Repetition, LogicalType.None(), ((PrimitiveNode)node).PhysicalType, element.Length);
    }
}

/// <summary>A top-level column of a shard.</summary>
/// <param name="Source">The input's column; null for the two of scores.</param>
/// <param name="IsScore">Of the two the one of scores as they are, not of whole numbers.</param>
internal sealed record ShardColumn(string Name, int? Source, bool IsScore);
