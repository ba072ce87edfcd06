using System.Globalization;

namespace FineWebTorch.Parquet.Format;

/// <summary>A column, or a part of a nested one, as a pyarrow user sees it.</summary>
public sealed record ArrowField(string Name, ArrowType Type, bool Nullable)
{
    /// <summary>As pyarrow spells it: <c>name: int64 not null</c>.</summary>
    public override string ToString() => $"{Name}: {Type}{(Nullable ? "" : " not null")}";
}

/// <summary>A type as a pyarrow user sees it; <see cref="ToString"/> spells it as pyarrow does.</summary>
/// <param name="Name">Of the type itself with its parameters: <c>int64</c>, <c>timestamp[ms]</c>, <c>list</c>.</param>
/// <param name="Fields">Of list, struct and map types; empty for others.</param>
public sealed record ArrowType(string Name, IReadOnlyList<ArrowField> Fields)
{
    internal const string List = "list";
    internal const string LargeList = "large_list";
    internal const string ListView = "list_view";
    internal const string LargeListView = "large_list_view";
    internal const string FixedSizeList = "fixed_size_list";
    internal const string Struct = "struct";
    internal const string Map = "map";

    internal ArrowType(string name)
        : this(name, [])
    {
    }

    /// <summary>Elements in each value of a fixed-size list; else 0.</summary>
    public int ListSize { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name switch
    {
        Struct => $"struct<{string.Join(", ", Fields)}>",
        Map => $"map<{Fields[0].Type}, {Fields[1].Type}>",
        FixedSizeList => $"fixed_size_list<{Fields[0]}>[{ListSize.ToString(CultureInfo.InvariantCulture)}]",
        List or LargeList or ListView or LargeListView => $"{Name}<{Fields[0]}>",
        _ => Name,
    };
}
