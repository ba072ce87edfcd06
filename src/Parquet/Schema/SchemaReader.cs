using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet.Schema;

/// <summary>Reads the schema tree of a Parquet file.</summary>
internal static class SchemaReader
{
    /// <summary>Deeper than any real schema; a footer that nests more is damaged.</summary>
    private const int MaximumDepth = 100;

    private const string Columns =
        "name, type, repetition_type, converted_type, logical_type, "
        + "coalesce(try_cast(type_length AS BIGINT), 0), coalesce(num_children, 0)::BIGINT, "
        + "coalesce(scale, 0)::BIGINT, coalesce(precision, 0)::BIGINT";

    /// <summary>The top-level columns.</summary>
    /// <exception cref="DuckDbException">The footer cannot be read.</exception>
    public static IReadOnlyList<SchemaElement> Read(Session session, string path)
    {
        var flat = new Queue<(SchemaElement Element, long Children)>();
        using var query = session.Start($"SELECT {Columns} FROM parquet_schema({Sql.Path(path)})");
        while (query.Next(CancellationToken.None))
        {
            for (var row = 0; row < query.Count; row++)
                flat.Enqueue((Element(query, row), query.Column(6).Number(row)));
        }
        return flat.Count == 0 ? [] : Take(flat, depth: 0).Children;
    }

    private static SchemaElement Element(Query query, int row) => new(query.Column(0).Text(row) ?? "")
    {
        PhysicalType = query.Column(1).Text(row),
        Repetition = query.Column(2).Text(row) ?? "",
        ConvertedType = query.Column(3).Text(row),
        LogicalType = query.Column(4).Text(row),
        Length = query.Column(5).Number(row),
        Scale = query.Column(7).Number(row),
        Precision = query.Column(8).Number(row),
    };

    // The file lists each node before its children.
    private static SchemaElement Take(Queue<(SchemaElement Element, long Children)> flat, int depth)
    {
        if (depth > MaximumDepth || !flat.TryDequeue(out var next))
            throw new DuckDbException(ErrorType.InvalidInput, "its schema is not a tree");
        var children = new List<SchemaElement>();
        for (var i = 0L; i < next.Children; i++)
            children.Add(Take(flat, depth + 1));
        return next.Element with { Children = children };
    }
}
