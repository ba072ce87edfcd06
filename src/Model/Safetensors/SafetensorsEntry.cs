namespace FineWebTorch.Model.Safetensors;

/// <summary>A tensor as the header of a file describes it.</summary>
/// <param name="Name">Its name, any Unicode text.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Dimensions, row-major; none for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
internal sealed record SafetensorsEntry(
    string Name, SafetensorsDtype Dtype, IReadOnlyList<ulong> Shape, ulong Begin, ulong End)
{
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
