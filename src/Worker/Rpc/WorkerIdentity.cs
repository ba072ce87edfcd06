using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Rpc;

/// <summary>What a worker says of itself.</summary>
/// <param name="WorkerId">The same over the life of the process, see <see cref="Passport.WorkerId"/>.</param>
/// <param name="Name">For people.</param>
/// <param name="Dtypes">What the device computes well.</param>
internal sealed record WorkerIdentity(
    string WorkerId,
    string Name,
    string ProgramVersion,
    string DeviceKind,
    string DeviceName,
    IReadOnlyList<Dtype> Dtypes,
    string NumericClass)
{
    /// <summary>The machine's name: its workers share disks, memory and devices.</summary>
    public string Machine { get; init; } = Environment.MachineName;

    public Hello ToHello(IEnumerable<ulong> heldLeases) => new()
    {
        WorkerId = WorkerId,
        Name = Name,
        ProgramVersion = ProgramVersion,
        DeviceKind = DeviceKind,
        DeviceName = DeviceName,
        Dtypes = { Dtypes },
        NumericClass = NumericClass,
        HeldLeases = { heldLeases },
        Machine = Machine,
        ProcessId = Environment.ProcessId,
    };
}
