using System.Globalization;

namespace FineWebTorch.Parquet;

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

    /// <summary>
    /// Whether both hold the same values for most purposes: large strings, string views and dictionaries of strings
    /// count as strings, and the names of list elements do not count, as in pyarrow's own comparison.
    /// </summary>
    public bool IsEquivalentTo(ArrowType other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Plain(Name) == Plain(other.Name)
            && ListSize == other.ListSize
            && Fields.Count == other.Fields.Count
            && Fields.Zip(other.Fields).All(pair => IsEquivalent(pair.First, pair.Second));
    }

    public override string ToString() => Name switch
    {
        Struct => $"struct<{string.Join(", ", Fields)}>",
        Map => $"map<{Fields[0].Type}, {Fields[1].Type}>",
        FixedSizeList => $"fixed_size_list<{Fields[0]}>[{ListSize.ToString(CultureInfo.InvariantCulture)}]",
        List or LargeList or ListView or LargeListView => $"{Name}<{Fields[0]}>",
        _ => Name,
    };

    private bool IsEquivalent(ArrowField field, ArrowField other)
        => (Name != Struct || field.Name == other.Name)
            && field.Nullable == other.Nullable
            && field.Type.IsEquivalentTo(other.Type);

    private static string Plain(string name) => name switch
    {
        "large_string" or "string_view" => "string",
        _ when name.StartsWith("dictionary<values=string,", StringComparison.Ordinal) => "string",
        _ => name,
    };
}
