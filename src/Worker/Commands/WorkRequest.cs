using FineWebTorch.Model;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker</c> without a command was asked to do.</summary>
/// <param name="Device">As the model part names devices.</param>
/// <param name="Kernels">One of <see cref="KernelChoice.Names"/>.</param>
/// <param name="Cache">For models, and for files while they are in use.</param>
internal sealed record WorkRequest(
    string Device, int? Threads, string Kernels, Uri Coordinator, string Cache, TimeSpan GiveUpAfter, bool Stay);
