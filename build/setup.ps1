<#
.SYNOPSIS
Builds the programs on Windows, into bin\coordinator.cmd and bin\worker.cmd. Run it as often as you like.
.DESCRIPTION
Needs the .NET 10 SDK alone; CPUs compute with libtorch's operators. With Git for Windows, `bash build/setup` does the same,
and with MSYS2's gcc and cmake it adds the fast CPU kernels.
.PARAMETER Cuda
With libtorch for CUDA from NuGet, some gigabytes; for GPUs. Remembered.
.PARAMETER Cpu
Back to the CPU.
.EXAMPLE
powershell -ExecutionPolicy Bypass -File build\setup.ps1 -Cuda
#>
param([switch] $Cuda, [switch] $Cpu)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$root = Split-Path -Parent $PSScriptRoot
$stamps = Join-Path $root 'artifacts' | Join-Path -ChildPath 'stamps'
$mark = Join-Path $stamps 'cuda'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

function Fail([string] $text) {
    [Console]::Error.WriteLine("error: $text")
    exit 1
}

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue) -or -not (dotnet --list-sdks | Where-Object { $_ -like '10.*' })) {
    Fail 'the .NET 10 SDK is needed: winget install Microsoft.DotNet.SDK.10'
}

New-Item -ItemType Directory -Force -Path $stamps, (Join-Path $root 'bin') | Out-Null
if ($Cuda) { Set-Content -Path $mark -Value '' }
if ($Cpu -and (Test-Path $mark)) { Remove-Item $mark }
$torch = @()
if (Test-Path $mark) { $torch = @('-p:Torch=cuda-windows') }

foreach ($name in 'Coordinator', 'Worker') {
    Write-Output "-- building $name $torch"
    dotnet build (Join-Path $root "src/$name") -c Release -v quiet --nologo @torch
    if ($LASTEXITCODE -ne 0) { Fail "dotnet build of $name failed; see above" }
    $program = $name.ToLowerInvariant()
    $line = "@dotnet `"%~dp0..\artifacts\bin\$name\release\$program.dll`" %*"
    Set-Content -Path (Join-Path $root "bin/$program.cmd") -Value $line -Encoding ascii
}

Write-Output '-- ready: bin\coordinator.cmd and bin\worker.cmd'
