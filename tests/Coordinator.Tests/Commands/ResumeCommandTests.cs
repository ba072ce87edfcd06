using FineWebTorch.Coordinator.Commands;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class ResumeCommandTests
{
    [Fact]
    public void Of_ArgumentsWithSpacesAndQuotes_CanBePastedIntoAShell() => Assert.Equal(
        @"bin/coordinator run --input 'data/**/*.parquet' --output 'it'\''s here' --keep 'int>=3' --files 3",
        ResumeCommand.Of("bin/coordinator", ["/x/coordinator.dll", "run", "--input", "data/**/*.parquet", "--output", "it's here",
            "--keep", "int>=3", "--files", "3"]));
}
