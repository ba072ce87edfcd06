namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Consecutive windows of one file.</summary>
/// <param name="End">One past the last.</param>
internal readonly record struct WindowRange(int First, int End)
{
    public int Count => End - First;

    public bool Contains(int window) => window >= First && window < End;

    public bool Overlaps(WindowRange other) => First < other.End && other.First < End;

    public override string ToString() => $"[{First}, {End})";
}
