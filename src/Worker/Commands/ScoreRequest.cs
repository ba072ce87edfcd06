using FineWebTorch.Model;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker score</c> was asked to do.</summary>
/// <param name="Rows">Rows to score; null for all.</param>
/// <param name="IdColumn">Null where the user named none: then "id" is shown where there is one.</param>
/// <param name="Device">As the model part names devices.</param>
/// <param name="Kernels">One of <see cref="KernelChoice.Names"/>.</param>
/// <param name="Output">Null for standard output.</param>
internal sealed record ScoreRequest(
    string Input,
    string Model,
    long? Rows,
    string TextColumn,
    string? IdColumn,
    string Device,
    string Dtype,
    int? Threads,
    string Kernels,
    int? TokenBudget,
    string Format,
    string? Output);
