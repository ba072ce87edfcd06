namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>A folder on a disk of its own, of a fixed size, which only programs that are started there see.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Namespaces _mounts;
    private readonly string _folder;

    private SmallDisk(Namespaces mounts, string folder) => (_mounts, _folder) = (mounts, folder);

    public ProgramPlace Place => _mounts.Place;

    /// <param name="size">As tmpfs has it: <c>32m</c>.</param>
    public static async Task<SmallDisk> MakeAsync(string folder, string size)
    {
        Directory.CreateDirectory(folder);
        var mounts = await Namespaces.MakeAsync("mount", $"mount -t tmpfs -o size={size} tmpfs '{folder}'");
        return new SmallDisk(mounts, folder);
    }

    /// <summary>Leaves no room at all.</summary>
    public Task FillAsync() => _mounts.RunAsync($"! cat /dev/zero >'{_folder}/filler' 2>/dev/null");

    public Task MakeRoomAsync() => _mounts.RunAsync($"rm '{_folder}/filler'");

    public ValueTask DisposeAsync() => _mounts.DisposeAsync();
}
