namespace FineWebTorch.Parquet;

/// <summary>A column, or a part of a nested one, as a pyarrow user sees it.</summary>
public sealed record ArrowField(string Name, ArrowType Type, bool Nullable)
{
    /// <summary>As pyarrow spells it: <c>name: int64 not null</c>.</summary>
    public override string ToString() => $"{Name}: {Type}{(Nullable ? "" : " not null")}";
}
